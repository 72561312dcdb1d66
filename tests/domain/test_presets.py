"""Does a preset fill what was not said, yield to what was, and fit the options that exist?"""

import pytest

from emobench.domain.errors import UsageError
from emobench.domain.options import resolve, scopes_of_task
from emobench.domain.presets import METHODS, PRESETS, SUN_STYLE, preset_of
from emobench.domain.spec import TASK_DATASETS, TASKS, make_spec


def test_a_task_with_presets_begins_with_its_first():
    """Without a name cross_domain is sun-style: its methods, three seeds, all folds, the pair of RAVDESS."""
    spec = make_spec(task="cross_domain")
    assert preset_of("cross_domain", None) == PRESETS["cross_domain"][SUN_STYLE]
    assert (spec.peft, spec.seeds, spec.folds, spec.options) == (METHODS, 3, None, {})
    assert spec.datasets == TASK_DATASETS["cross_domain"]
    assert make_spec(task="cross_domain", preset=SUN_STYLE) == spec


def test_a_task_without_presets_trains_nothing():
    """Layerwise has no methods and no seeds, and refuses a preset."""
    spec = make_spec(task="layerwise")
    assert (spec.peft, spec.seeds, spec.folds) == ((), None, None)
    with pytest.raises(UsageError, match="no presets"):
        make_spec(task="layerwise", preset="quick")


def test_a_flag_wins_over_a_preset():
    """What is asked for replaces what a preset says, option by option; the rest of it stays."""
    spec = make_spec(task="cross_domain", preset="quick", peft=("lora",), folds=(1, 2), options={"train.batch": 8})
    assert (spec.peft, spec.seeds, spec.folds) == (("lora",), 1, (1, 2))
    assert spec.options == {"train.epochs": 3, "train.batch": 8}
    for key in ("train.epochs", "epochs"):
        asked = make_spec(task="cross_domain", preset="quick", options={key: 7})
        assert resolve(asked.options)["train"].epochs == 7


def test_an_unknown_preset_gets_a_near_miss():
    """A misspelt preset is answered with the closest one."""
    with pytest.raises(UsageError, match="Did you mean 'quick'"):
        make_spec(task="cross_domain", preset="quik")


@pytest.mark.parametrize(("task", "name"), [(task, name) for task in PRESETS for name in PRESETS[task]])
def test_every_preset_has_options_that_exist(task, name):
    """The options of a preset are valid ones of its task."""
    preset = PRESETS[task][name]
    assert task in TASKS
    scopes = scopes_of_task(task, preset.options, {s: type(o) for s, o in resolve({}).items()}, preset.peft)
    assert resolve(preset.options, scopes)
