"""Do names of own data hold no path, and do their options stand in records as they were asked for each dataset?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.cards import DatasetCard
from emobench.domain.errors import UsageError
from emobench.domain.options import SCOPES, TASK_SCOPES, resolve, scopes_of_task
from emobench.domain.own_names import is_own, is_own_name, settled
from emobench.domain.table import as_asked, check_names, for_dataset

PATHS = {"emotions.csv": "csv:emotions", "my/Emotions 2.csv": "csv:emotions-2", "/x/a.b_c.tsv": "csv:a-b-c",
         "./plain": "csv:plain", "Data": "csv:data"}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_becomes_a_name_and_a_place(path):
    """`csv:PATH` is short for a dataset called by the file's stem that lies there."""
    assert settled((f"csv:{path}",), {}) == ((PATHS[path],), {PATHS[path]: path})


def test_names_stay_what_they_are():
    """Names of plugins' datasets, of tables and of the Hub are no paths; none given is none."""
    names = ("ravdess-song", "csv:emotions", "hf:org/My.Data@v1")
    assert settled(names, {"csv:emotions": "a.csv"}) == (names, {"csv:emotions": "a.csv"})
    assert settled(None, {}) == (None, {})
    assert settled(("csv:a.csv",), {"csv:a": "./a.csv"})[0] == ("csv:a",)


@given(st.text(max_size=40))
def test_no_name_holds_a_path(text):
    """Whatever stands after `csv:`, the name has no folder and no dot, or there is none."""
    try:
        ((name,), _) = settled((f"csv:{text}",), {})
    except UsageError:
        return
    assert is_own_name(name)
    assert not set(name) & set("/\\. ")


@pytest.mark.parametrize(
    ("datasets", "hint"),
    [
        (("csv:a/x.csv", "csv:b/X.csv"), "--data csv:one=a/x.csv --data csv:two=b/X.csv"),
        (("csv:\u65e5\u672c.csv",), "--data csv:my-data=PATH"),
        (("csv:",), "the file is missing"),
        (("hf:org",), "Write hf:ORG/NAME"),
        (("hf:org/name@random dash",), "Write hf:ORG/NAME"),
        ((f"csv:{'x' * 200}.csv",), "no name can be made"),
    ],
)
def test_what_is_no_name_is_refused_with_a_way_out(datasets, hint):
    """Twin stems, stems without letters, and names that are none."""
    with pytest.raises(UsageError) as caught:
        settled(datasets, {})
    assert hint in str(caught.value)


CARD = {
    "title": "t", "domain": "speech", "licence": "l", "citation": "c", "url": "", "group_is": "g", "people": "p",
    "attributes": ({"name": "emotion", "classes": ("a", "b")},), "folds": 3, "expected_clips": 1, "sample_rate": 8_000,
}  # fmt: skip


@pytest.mark.parametrize("name", ["csv:emotions", "hf:org/name", "hf:org/name@main", "ravdess-song"])
def test_a_card_takes_these_names(name):
    """A dataset's card may be called like a plugin's dataset or like own data, which its prefix tells."""
    assert DatasetCard(name=name, **CARD).name == name
    assert is_own(name) == (":" in name)


@pytest.mark.parametrize(
    "name", ["csv:a/b", "csv:a.csv", "csv:", "hf:org", "hf:org/name@random x", "tsv:a", "A", "csv:A"]
)
def test_a_card_takes_no_other_prefix_and_no_path(name):
    """Other prefixes, paths and capitals are no names."""
    with pytest.raises(ValueError, match="name"):
        DatasetCard(name=name, **CARD)


def test_the_scope_plays_a_part_for_own_data_only():
    """`table` is among the scopes of a run with own data, and refused in any other."""
    assert tuple(scopes_of_task("layerwise", {}, SCOPES, (), ["csv:a"])) == (*TASK_SCOPES["layerwise"], "table")
    assert "table" not in scopes_of_task("layerwise", {}, SCOPES, (), ["ravdess-song"])
    with pytest.raises(UsageError, match="changes nothing here"):
        scopes_of_task("layerwise", {"table.group": "x"}, SCOPES, (), ["ravdess-song"])


def options(**settings):
    return resolve({f"table.{key}": value for key, value in settings.items()})["table"]


def test_values_may_be_given_for_every_dataset():
    """One value for all, or one a dataset; a dataset without one has the default."""
    asked = options(group={"csv:a": "speaker", "csv:b": "singer"}, labels={"hf:o/c": "mood"}, folds=4)
    assert [for_dataset(asked, name).group for name in ("csv:a", "csv:b", "hf:o/c")] == ["speaker", "singer", "group"]
    assert for_dataset(asked, "hf:o/c").labels == {"mood": "mood"}
    assert for_dataset(asked, "csv:a").labels == {"emotion": "emotion"}
    assert for_dataset(asked, "csv:a").folds == 4


def test_a_record_holds_what_its_own_datasets_were_asked():
    """Other datasets of a run leave no trace; what a pair has in common stands once; reading it gives it again."""
    asked = options(group={"csv:a": "who", "csv:b": "singer", "csv:c": "who"}, audio="file")
    assert as_asked(asked, ["csv:a"])["group"] == "who"
    assert as_asked(asked, ["csv:a", "csv:c"])["group"] == "who"
    assert as_asked(asked, ["csv:a", "ravdess-song"]) == as_asked(asked, ["csv:a"])
    pair = as_asked(asked, ["csv:a", "csv:b"])
    assert (pair["group"], pair["audio"]) == ({"csv:a": "who", "csv:b": "singer"}, "file")
    again = resolve({f"table.{key}": value for key, value in pair.items()})["table"]
    assert as_asked(again, ["csv:a", "csv:b"]) == pair


def test_a_value_for_a_stranger_is_refused():
    """A misspelt dataset in an option is answered with the one that was meant."""
    with pytest.raises(UsageError, match="Did you mean 'csv:emotions'"):
        check_names(options(group={"csv:emotoins": "who"}), ["csv:emotions"])


@pytest.mark.parametrize(
    "settings",
    [{"folds": 2}, {"labels": {"Emo": "x"}}, {"labels": []}, {"domain": "sing"}, {"group": 5}, {"people": "a b"},
     {"group": {"ravdess": "x"}}, {"low": "deep"}, {"title": ""}],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(settings):
    """Each is an error of usage that shows what was found."""
    with pytest.raises(UsageError, match="found"):
        options(**settings)
