"""Does the harness land on figures that somebody measured with other code?

BYOL-S on RAVDESS, mean over time, the six folds of the card, multinomial logistic regression by scikit-learn.
"""

import pytest

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.runs.running import carry_out, prepare

AT_C_001 = {
    "ravdess-speech": [0.505, 0.559, 0.552, 0.563, 0.567],
    "ravdess-song": [0.786, 0.782, 0.624, 0.598, 0.582],
}


@pytest.mark.shared
@pytest.mark.timeout(1800)
def test_byol_s_on_real_speech_and_song(shared_data, shared_weights, tmp_path):
    """At C = 0.01 every layer of BYOL-S is within two points of the reference, on both parts of RAVDESS."""
    catalog = build_catalog(*discover())
    if "byol-s" not in catalog.backbones:
        pytest.skip("the plugin emobench-byols is not installed")
    options = {"probe.c": 0.01, "layerwise.weighted_sum": False, "layerwise.statements": False}
    spec = make_spec(backbones=("byol-s",), datasets=tuple(AT_C_001), options=options)
    where = Whereabouts(
        data=dict.fromkeys(AT_C_001, shared_data / "ravdess"),
        weights={"byol-s": next((shared_weights / "byol-s").glob("*.pth"))},
        out=tmp_path / "runs",
    )
    env = {"EMOBENCH_HOME": str(tmp_path / "home")}
    plan, device = prepare(spec, where, catalog, Silent(), env)
    result = carry_out(plan, device, where, catalog, Silent(), [], env)
    curves = {}
    for _, record in result.records:
        rows = [r for r in record.found.scores if r.layer and r.metric == "uar" and r.view == "all" and r.fold is None]
        curves[record.asked["backbone"], record.asked["dataset"]] = [row.value for row in rows]
    for dataset, reference in AT_C_001.items():
        assert curves["byol-s", dataset] == pytest.approx(reference, abs=0.02)
