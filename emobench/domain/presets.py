"""Which values does a task begin with? Presets: methods, seeds, folds and options under one name."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen
from emobench.domain.suggestion import unknown

SUN_STYLE = "sun-style"
JOINED_BY = "+"  # of PEFT methods that go together


class Preset(Frozen):
    """What a run is when nothing else is said; a flag wins over it.

    ``peft`` names the PEFT methods, ``seeds`` how many seeds, ``folds`` the test folds (None: all), ``options`` what
    differs from the defaults of the options.
    """

    peft: tuple[str, ...] = Field(min_length=1)
    seeds: int = Field(ge=1)
    folds: tuple[int, ...] | None = None
    options: Mapping[str, Any] = {}


METHODS = ("frozen", "weighted_sum", "lora", "bottleneck")
# "-style": the method section of Sun et al. (2024, https://arxiv.org/abs/2409.17899) could not be read; what is assumed
# stands in every record.
PRESETS: Mapping[str, Mapping[str, Preset]] = {
    "cross_domain": {
        SUN_STYLE: Preset(peft=METHODS, seeds=3),
        "quick": Preset(peft=METHODS, seeds=1, folds=(0,), options={"train.epochs": 3}),
    }
}


def preset_of(task: str, name: str | None) -> Preset | None:
    """The preset of a task under a name, its default one where none is named; None for a task without presets.

    Raises:
        UsageError: an unknown name, or one for a task that has none.
    """
    known = PRESETS.get(task, {})
    if not known:
        if name is not None:
            raise UsageError(f"the task '{task}' has no presets.", remedy="Leave --preset out.")
        return None
    if name is not None and name not in known:
        raise unknown(f"preset of '{task}'", name, known)
    return known[name or next(iter(known))]


def parts_of_names(names: Sequence[str]) -> tuple[str, ...]:
    """The PEFT methods that names such as ``lora+weighted_sum`` are made of, each once."""
    return tuple(dict.fromkeys(part.strip() for name in names for part in name.split(JOINED_BY)))
