"""Which feature sets of openSMILE are backbones? Their cards, and the hook; opensmile and torch come with `load`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from emobench import Backbone, BackboneCard, BrokenEnvironment, Layers, WeightFiles, hookimpl

if TYPE_CHECKING:
    from emobench_opensmile.descriptors import Descriptors

# The release whose numbers these are. It is in the key of every feature, and another release is refused.
OPENSMILE = 2.6


def _card(name: str, *, paper: str, lld: int, functionals: int) -> BackboneCard:
    return BackboneCard(
        name=name,
        pretrained_on="nothing",
        corpora=(),
        # As the package opensmile names it; research and other purposes that are not commercial.
        licence="LicenseRef-audEERING-Research-License",
        paper=paper,
        sample_rate=16_000,
        layers=Layers.named(lld=(lld, 100), functionals=(functionals, 0)),
        parameters=0,
        sees_level=True,
        differentiable=False,
        # Its longest frame, of the pitch: 960 samples give two frames of every descriptor, 959 give none.
        min_seconds=0.06,
        reentrant=True,
        constants={"opensmile": OPENSMILE},
    )


EGEMAPS = _card("egemaps", paper="https://doi.org/10.1109/TAFFC.2015.2457417", lld=25, functionals=88)
COMPARE = _card("compare-2016", paper="https://doi.org/10.21437/Interspeech.2016-129", lld=65, functionals=6373)
# card -> the name of its set in opensmile.FeatureSet
FEATURE_SETS = {EGEMAPS.name: "eGeMAPSv02", COMPARE.name: "ComParE_2016"}


def load(card: BackboneCard, _files: WeightFiles) -> Descriptors:
    """A feature set of openSMILE.

    Raises:
        BrokenEnvironment: opensmile is missing, cannot be loaded here, or is another release.
    """
    _require_opensmile(card.name)
    from emobench_opensmile.descriptors import Descriptors

    return Descriptors(FEATURE_SETS[card.name], card.sample_rate).eval()


def _require_opensmile(name: str) -> None:
    wanted = f"pip install 'opensmile=={OPENSMILE}.*'"
    try:
        found = version("opensmile")
        import_module("opensmile")  # whether its library can be loaded shows here
    except PackageNotFoundError as problem:
        what = f"backbone '{name}' needs the package opensmile, which is not installed."
        raise BrokenEnvironment(what, remedy=f"{wanted} (its licence: research, nothing commercial)") from problem
    except (ImportError, OSError, RuntimeError) as problem:
        what = f"backbone '{name}' needs the package opensmile, which cannot be loaded."
        raise BrokenEnvironment(what, found=f"{type(problem).__name__}: {problem}", remedy=wanted) from problem
    if not found.startswith(f"{OPENSMILE}."):
        what = f"backbone '{name}' is defined by opensmile {OPENSMILE}: another release may give other numbers."
        raise BrokenEnvironment(what, found=f"found: opensmile {found}", remedy=wanted)


@hookimpl
def emobench_backbones() -> Iterator[Backbone]:
    """The extended Geneva set and the set of the ComParE challenges."""
    yield Backbone(EGEMAPS, load=load)
    yield Backbone(COMPARE, load=load)
