"""How often does a clip pass through a backbone, and how long does a run take that has nothing left to do?"""

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from torch import nn

from emobench.catalog.catalog import Catalog, Offer, build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.runs.running import carry_out, prepare

RUNS = 5


def counting(catalog: Catalog, heard: dict[str, int]) -> Catalog:
    """The same catalog, in which every backbone counts the clips that pass through it."""

    def watched(name: str, offer: Offer) -> Offer:
        def load(card, files):
            module = offer.what.load(card, files)

            def count(_module: nn.Module, inputs, _output) -> None:
                heard[name] = heard.get(name, 0) + len(inputs[0].lengths)

            module.register_forward_hook(count)
            return module

        return replace(offer, what=replace(offer.what, load=load))

    return replace(catalog, backbones={name: watched(name, offer) for name, offer in catalog.backbones.items()})


def main() -> None:
    """Print passes per clip over three different specs, and the wall time of repeated runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="synthetic-speech,synthetic-music")
    parser.add_argument("--backbone", default="logmel,hubert-tiny-random")
    parser.add_argument("--data", action="append", default=[], help="NAME=DIR")
    parser.add_argument("--weights", action="append", default=[], help="NAME=PATH")
    given = parser.parse_args()
    heard: dict[str, int] = {}
    catalog = counting(build_catalog(*discover()), heard)
    spec = make_spec(backbones=tuple(given.backbone.split(",")), datasets=tuple(given.dataset.split(",")))
    with tempfile.TemporaryDirectory() as folder:
        env = {"EMOBENCH_HOME": folder}
        where = Whereabouts.model_validate(
            {"data": dict(d.split("=") for d in given.data), "weights": dict(w.split("=") for w in given.weights)}
            | {"out": Path(folder) / "runs"}
        )
        times = []
        for number, options in enumerate([{}, {"probe.c": 0.01}, *[{}] * RUNS]):
            start = time.perf_counter()
            plan, device = prepare(spec.model_copy(update={"options": options}), where, catalog, Silent(), env)
            result = carry_out(plan, device, where, catalog, Silent(), [], env)
            if number >= 2:
                times.append(time.perf_counter() - start)
                assert result.clips_passed == 0
        clips = sum(len(dataset.clips) for dataset in plan.datasets.values())
        for name, count in heard.items():
            print(f"{name}: {count} clips heard, {count / clips:.3f} per clip over {RUNS + 2} runs of two specs")
        print(f"a run with nothing left to do: {statistics.median(times):.2f} s wall (median of {RUNS}, after imports)")


if __name__ == "__main__":
    main()
