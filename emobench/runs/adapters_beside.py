"""Where do users find what a model learned? In a folder beside the record, one folder a training."""

from collections.abc import Sequence
from pathlib import Path

from emobench.domain.plan import Plan, Unit
from emobench.files.folders import once_folder
from emobench.files.leftovers import TEMPORARY
from emobench.runs.unit_store import UnitStore

ENDING = ".adapters"


def put_beside(plan: Plan, units: Sequence[Unit], store: UnitStore, record: Path) -> None:
    """Copy the adapters of all trainings to ``<key12>.adapters/<method>/<training>/``, where they are asked for.

    Raises:
        EmobenchError: the disk is full, read-only or forbidden.
    """
    if not plan.the_pair.train.save_adapters:
        return

    def fill(folder: Path) -> None:
        for unit in units:
            kept = store.adapters_path(unit)
            if unit.training is not None and kept.is_dir():
                _copy(kept, folder / unit.training.method / folder_name(unit))

    once_folder(record.with_suffix(ENDING), fill)


def _copy(source: Path, target: Path) -> None:
    """Copy a folder file by file: what shutil raises does not say that a disk is full."""
    for file in sorted(path for path in source.rglob("*") if path.is_file() and not path.name.startswith(TEMPORARY)):
        copied = target / file.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(file.read_bytes())


def folder_name(unit: Unit) -> str:
    """What the folder of a training is called: stage, datasets, fold, seed, and the fraction where it is not all."""
    training = unit.training
    assert training is not None
    names = training.target if training.first == training.target else f"{training.first}-to-{training.target}"
    part = "" if training.fraction == 1 else f"-of{training.fraction:g}"
    return f"{training.stage}-{names}-fold{training.fold}-seed{training.seed}{part}"
