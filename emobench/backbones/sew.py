"""Which SEW models are known? wav2vec 2.0 on squeezed frames (Wu et al. 2021): any repository, by name."""

from __future__ import annotations

from collections.abc import Iterator

from emobench.backbones.waveform_family import DEFAULTS, waveform_family
from emobench.catalog.families import Family
from emobench.catalog.hookspecs import hookimpl

FAMILY = waveform_family(
    "sew",
    title="SEW",
    paper="https://arxiv.org/abs/2109.06870",
    defaults={
        **DEFAULTS,
        "conv_kernel": (10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1),
        "conv_stride": (5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1),
        "squeeze_factor": 2,
    },
)


@hookimpl
def emobench_families() -> Iterator[Family]:
    """SEW."""
    yield FAMILY
