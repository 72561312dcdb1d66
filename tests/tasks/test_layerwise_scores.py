"""Can every score of a record be recomputed from the predictions beside it, by somebody who never saw our code?"""

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import accuracy_score, f1_score, recall_score

from emobench.domain.canonical import digest, rounded
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts, make_spec
from emobench.runs.record_parts import dataset_circumstances as circumstances
from emobench.runs.record_store import read_predictions, read_record
from emobench.runs.running import carry_out, prepare
from emobench.tasks.layerwise_scores import score
from emobench.tasks.predictions import from_table, predictions_digest
from emobench.testing.toys import toy_catalog, write_toy_corpus

STRENGTHS = [0.001, 0.1]


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Records of the toy run by attribute, and ``folds``: those of a first look at two folds: (path, record)."""
    folder = tmp_path_factory.mktemp("scores")
    (folder / "corpus").mkdir()
    write_toy_corpus(folder / "corpus")
    options = {"layerwise.attributes": ["emotion", "arousal"], "probe.c": STRENGTHS}
    spec = make_spec(backbones=("toy-model",), datasets=("toy-corpus",), options=options)
    where = Whereabouts(data={"toy-corpus": folder / "corpus"}, out=folder / "out", device="cpu", threads=1)
    env = {"EMOBENCH_HOME": str(folder / "home")}
    plan, device = prepare(spec, where, toy_catalog(), Silent(), env)
    result = carry_out(plan, device, where, toy_catalog(), Silent(), [], env)
    plan, device = prepare(spec.model_copy(update={"folds": (0, 2)}), where, toy_catalog(), Silent(), env)
    look = carry_out(plan, device, where, toy_catalog(), Silent(), [], env)
    found = {record.asked["attribute"]: (path, record) for path, record in result.records}
    return {**found, "folds": look.records[1]}


def naive_uar(truth, prediction):
    return recall_score(truth, prediction, average="macro")


def naive_ccc(truth, prediction):
    """Lin (1989) with population moments."""
    truth, prediction = np.asarray(truth, float), np.asarray(prediction, float)
    covariance = np.mean((truth - truth.mean()) * (prediction - prediction.mean()))
    return 2 * covariance / (truth.var() + prediction.var() + (truth.mean() - prediction.mean()) ** 2)


METRIC = {"emotion": naive_uar, "arousal": naive_ccc}


def frame(path):
    table = pq.read_table(path.with_suffix(".parquet")).to_pandas()
    return table.astype({name: object for name in table.columns if table[name].dtype == "category"})


def development(table, metric):
    """Mean score over the development folds of each (fold, layer, strength)."""
    dev = table[(table["split"] == "dev") & (table["method"] == "frozen")].copy()
    fold_of = table[table["split"] == "test"].groupby("clip")["fold"].first()
    dev["own"] = dev["clip"].map(fold_of)
    keys = ["fold", "layer", "strength", "own"]
    each = dev.groupby(keys).apply(lambda rows: metric(rows["truth"], rows["prediction"]), include_groups=False)
    return each.groupby(level=["fold", "layer", "strength"]).mean()


def rows(record, **wanted):
    dump = [row.model_dump(by_alias=True) for row in record.found.scores]
    return [row for row in dump if all(row[key] == value for key, value in wanted.items())]


@pytest.mark.parametrize("attribute", ["emotion", "arousal"])
def test_choices_and_headline_follow_from_development_rows(records, attribute):
    """The best development mean of each fold, lower layer and strength first, is the choice; the headline follows."""
    path, record = records[attribute]
    table, metric = frame(path), METRIC[attribute]
    dev = development(table, metric)
    told = {(c["fold"], c["layer"], c["strength"]): c for c in record.found.choices if c["method"] == "frozen"}
    assert set(told) == set(dev.index)
    test = table[(table["split"] == "test") & (table["view"] == "all") & (table["method"] == "frozen")]
    picked = []
    for fold in range(3):
        best = max(sorted(dev[fold].index), key=lambda key, fold=fold: round(dev[fold][key], 9))
        for key, value in dev[fold].items():
            assert told[fold, *key]["development_score"] == pytest.approx(value, rel=1e-5)
            assert told[fold, *key]["chosen"] == (key == best)
        picked.append(test[(test["fold"] == fold) & (test["layer"] == best[0])])
    chosen = [row for part in picked for row in part.to_dict("records")]
    value = metric([row["truth"] for row in chosen], [row["prediction"] for row in chosen])
    assert record.found.headline.value == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("attribute", ["emotion", "arousal"])
def test_every_test_score_follows_from_test_rows(records, attribute):
    """Layer curves, the weighted sum, views and folds are what the metric gives on their rows."""
    path, record = records[attribute]
    table, metric = frame(path), METRIC[attribute]
    headline, checked = record.found.headline.metric, 0
    for (layer, method, view), part in table[table["split"] == "test"].groupby(
        ["layer", "method", "view"], dropna=False
    ):
        name = None if layer != layer else layer  # noqa: PLR0124 - a missing layer is NaN in pandas
        mine = {"layer": name, "method": method, "metric": headline}
        (row,) = [r for r in rows(record, **mine, view=view, fold=None) if name or r["method"] == "weighted_sum"]
        assert row["value"] == pytest.approx(metric(part["truth"], part["prediction"]), rel=1e-5)
        checked += 1
        if view == "all":
            for fold, inside in part.groupby("fold"):
                (row,) = rows(record, **mine, view="all", fold=fold)
                assert row["value"] == pytest.approx(metric(inside["truth"], inside["prediction"]), rel=1e-5)
    assert checked == 2 * 3 + 1


def test_recall_accuracy_f1_and_sex(records):
    """Per-class recall, accuracy, macro F1 and the by-sex rows of a layer are scikit-learn's on its rows."""
    path, record = records["emotion"]
    table = frame(path)
    part = table[(table["split"] == "test") & (table["view"] == "all") & (table["layer"] == "1")]
    truth, prediction = part["truth"].tolist(), part["prediction"].tolist()
    where = {"layer": "1", "view": "all", "fold": None}
    (accuracy,), (f1,) = rows(record, **where, metric="accuracy"), rows(record, **where, metric="macro_f1")
    assert accuracy["value"] == pytest.approx(accuracy_score(truth, prediction), rel=1e-5)
    assert f1["value"] == pytest.approx(f1_score(truth, prediction, average="macro"), rel=1e-5)
    for name in ("calm", "angry", "happy"):
        (recall,) = rows(record, **where, metric="recall", **{"class": name})
        expected = recall_score(truth, prediction, labels=[name], average=None)[0]
        assert recall["value"] == pytest.approx(expected, rel=1e-5)
    for sex, odd in (("female", 1), ("male", 0)):
        same = part[part["group"].str[1:].astype(int) % 2 == odd]
        (row,) = rows(record, layer="1", view=sex, metric="uar")
        assert row["value"] == pytest.approx(naive_uar(same["truth"], same["prediction"]), rel=1e-5)
        assert row["n_clips"] == len(same)


def test_intervals_resample_people(records):
    """The interval of a layer is what a plain loop over resampled people gives, up to the luck of the draws."""
    path, record = records["emotion"]
    table = frame(path)
    part = table[(table["split"] == "test") & (table["view"] == "all") & (table["layer"] == "0")]
    people = dict(list(part.groupby("group")))
    rng, values = np.random.default_rng(99), []
    for _ in range(1500):
        drawn = [people[name] for name in rng.choice(sorted(people), len(people))]
        truth, prediction = (
            np.concatenate([d["truth"] for d in drawn]),
            np.concatenate([d["prediction"] for d in drawn]),
        )
        values.append(np.mean([(prediction[truth == c] == c).mean() for c in ("calm", "angry", "happy")]))
    low, high = np.percentile(values, [2.5, 97.5])
    (row,) = rows(record, layer="0", view="all", fold=None, metric="uar")
    assert row["low"] == pytest.approx(low, abs=0.02)
    assert row["high"] == pytest.approx(high, abs=0.02)


@pytest.mark.parametrize("attribute", ["emotion", "arousal", "folds"])
def test_the_record_is_a_function_of_its_table(records, attribute):
    """Reading the files back and scoring again gives the same found, and the same digests, to the last digit."""
    path, _ = records[attribute]
    again = read_record(path)
    table = read_predictions(path)
    assert predictions_digest(table) == again.predictions_digest
    layers = tuple(layer["name"] for layer in again.used["backbone"]["card"]["layers"])
    attribute_card = toy_catalog().dataset("toy-corpus").what.card.attribute(again.asked["attribute"])
    sexes = {group: facts["sex"] for group, facts in again.used["dataset"]["groups"].items()}
    fold_of = {group: facts["fold"] for group, facts in again.used["dataset"]["groups"].items()}
    notes = circumstances(again.asked, again.used)
    found = score(from_table(table, attribute_card, layers, fold_of), sexes, notes)
    assert digest(rounded(found.model_dump(mode="json", by_alias=True))) == again.found_digest
