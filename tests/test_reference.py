"""Does the harness land on figures that somebody measured with other code?

BYOL-S on RAVDESS, mean over time, the six folds of the card, multinomial logistic regression by scikit-learn.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.pair import CrossDomainOptions
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.learning.pair_splits import pair_splits
from emobench.runs.extraction_stage import store_of
from emobench.runs.pair_clips import pair_clips
from emobench.runs.running import carry_out, prepare
from emobench.tasks.convex_transfer import Asked, DomainFeatures, transfer
from emobench.tasks.label_maps import label_maps
from emobench.tasks.pair_predictions import DIRECT
from emobench.tasks.ruler import ruler_for

AT_C_001 = {
    "ravdess-speech": [0.505, 0.559, 0.552, 0.563, 0.567],
    "ravdess-song": [0.786, 0.782, 0.624, 0.598, 0.582],
}
# Trained on one, tested on the other, six shared emotions, people disjoint: layers 2, 3 and 4.
DIRECT_AT_C_001 = {"ravdess-song": [0.438, 0.429, 0.449], "ravdess-speech": [0.350, 0.364, 0.357]}
pytestmark = [pytest.mark.shared, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def measured(shared_data, shared_weights, tmp_path_factory):
    """BYOL-S on both parts of RAVDESS: the plan, its home, and the records."""
    catalog = build_catalog(*discover())
    if "byol-s" not in catalog.backbones:
        pytest.skip("the plugin emobench-byols is not installed")
    options = {"probe.c": 0.01, "layerwise.weighted_sum": False, "layerwise.statements": False}
    spec = make_spec(backbones=("byol-s",), datasets=tuple(AT_C_001), options=options)
    folder = tmp_path_factory.mktemp("reference")
    where = Whereabouts(
        data=dict.fromkeys(AT_C_001, shared_data / "ravdess"),
        weights={"byol-s": next((shared_weights / "byol-s").glob("*.pth"))},
        out=folder / "runs",
    )
    env = {"EMOBENCH_HOME": str(folder / "home")}
    plan, device = prepare(spec, where, catalog, Silent(), env)
    return plan, folder / "home", carry_out(plan, device, where, catalog, Silent(), [], env).records


def test_byol_s_on_real_speech_and_song(measured):
    """At C = 0.01 every layer of BYOL-S is within two points of the reference, on both parts of RAVDESS."""
    curves = {}
    for _, record in measured[2]:
        rows = [r for r in record.found.scores if r.layer and r.metric == "uar" and r.view == "all" and r.fold is None]
        curves[record.asked["backbone"], record.asked["dataset"]] = [row.value for row in rows]
    for dataset, reference in AT_C_001.items():
        assert curves["byol-s", dataset] == pytest.approx(reference, abs=0.02)


def domain(plan, home: Path, dataset, layer, maps, clips, split):
    """One layer of some clips of a dataset, under the labels that they have in the pair."""
    features = store_of(plan, ("byol-s", dataset), home).layer(layer)
    row_of = {planned.clip.id: row for row, planned in enumerate(plan.datasets[dataset].clips)}
    truth = np.array([maps.attribute.classes.index(clip.labels["emotion"]) for clip in clips])
    fold = np.array([split.fold_of[clip.group] for clip in clips])
    return DomainFeatures(torch.from_numpy(features[[row_of[clip.id] for clip in clips]])[None], truth, fold)


def test_byol_s_from_one_domain_to_the_other(measured):
    """At C = 0.01 what speech teaches about song, and song about speech, is within three points of the reference."""
    plan, home, _ = measured
    names = tuple(DIRECT_AT_C_001)[::-1]
    cards = [plan.datasets[name].card for name in names]
    maps = label_maps(cards, "emotion", {})
    listed = {name: [planned.clip for planned in plan.datasets[name].clips] for name in names}
    kept = pair_clips(cards, maps, CrossDomainOptions(), listed).clips  # of people whom both have
    splits = dict(zip(names, pair_splits(cards, [kept[name] for name in names]), strict=True))
    ruler, found = ruler_for(maps.attribute), {name: [] for name in names}
    for layer in (2, 3, 4):
        domains = [domain(plan, home, name, layer, maps, kept[name], splits[name]) for name in names]
        outcomes = transfer(Asked(maps.attribute, 6, tuple(range(6)), (0.01,)), *domains).outcomes
        for place, name in enumerate(names):
            found[name].append(ruler.score(domains[place].truth, outcomes[DIRECT, place].test))
    for name, reference in DIRECT_AT_C_001.items():
        assert found[name] == pytest.approx(reference, abs=0.03)
