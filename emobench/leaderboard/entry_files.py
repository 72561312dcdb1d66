"""Which files lie beside a record? Predictions or matrices, and the pictures of its task."""

from collections.abc import Mapping

PREDICTIONS = ".parquet"
# Task -> the pictures that every record has, and those that some have besides.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "layerwise": (".svg",),
    "cross_domain": (".svg",),
    "fad_bias": (".svg", ".layers.svg"),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {"cross_domain": (".fractions.svg",)}
TITLES: Mapping[str, str] = {".svg": "picture", ".layers.svg": "layers", ".fractions.svg": "fewer labels"}


def pictures_of(task: str) -> tuple[str, ...]:
    """The endings of all pictures that a record of a task may have."""
    return REQUIRED.get(task, ()) + OPTIONAL.get(task, ())
