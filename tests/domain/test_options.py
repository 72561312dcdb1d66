"""Are options found, completed, validated and refused as designed?"""

import pytest

from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen
from emobench.domain.options import SCOPES, TASK_SCOPES, full_key, parse_value, resolve, scopes_of_task
from emobench.domain.spec import make_spec


def test_defaults_need_nothing():
    """Without settings every scope has its defaults."""
    resolved = resolve({})
    assert set(resolved) == set(SCOPES)
    assert resolved["probe"].c == (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def test_a_bare_key_is_completed():
    """A key that only one scope has needs no scope."""
    assert full_key("on_bad_audio") == ("reading", "on_bad_audio")


@pytest.mark.parametrize(
    ("key", "hint"),
    [("probe.cc", "Did you mean 'c'?"), ("prob.c", "Did you mean 'probe'?"), ("on_bad_audo", "reading.on_bad_audio")],
)
def test_unknown_keys_get_a_near_miss(key, hint):
    """A misspelt scope or key is answered with the closest one."""
    with pytest.raises(UsageError) as caught:
        full_key(key)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.01", 0.01), ("1e-3,0.1", [1e-3, 0.1]), ("exclude", "exclude"), ("true", True), ("[1, 2]", [1, 2])],
)
def test_values_of_flags_are_read(text, value):
    """Numbers, lists, booleans and words are read as what they look like."""
    assert parse_value(text) == value


def test_strengths_are_sorted_and_single_numbers_are_lists():
    """One strength is a list of one; several are sorted, so that ties go to stronger regularisation."""
    assert resolve({"probe.c": 0.01})["probe"].c == (0.01,)
    assert resolve({"probe.c": [1, 0.1, 1]})["probe"].c == (0.1, 1.0)


@pytest.mark.parametrize("setting", [{"probe.c": -1}, {"probe.c": "much"}, {"reading.level": "loud"}, {"probe.c": []}])
def test_values_that_do_not_fit_are_refused_with_what_was_found(setting):
    """A wrong value is an error of usage that shows the value."""
    with pytest.raises(UsageError, match="found"):
        resolve(setting)


@pytest.mark.parametrize(
    ("task", "hint"), [("layerwize", "Did you mean 'layerwise'?"), ("continuous", "planned and not built yet")]
)
def test_tasks_that_cannot_be_run(task, hint):
    """A misspelt task gets a near miss, one to come says so."""
    with pytest.raises(UsageError) as caught:
        make_spec(task=task)
    assert hint in str(caught.value)


class RankOptions(Frozen):
    """What a made-up PEFT method asks."""

    rank: int = 8


KNOWN = {**SCOPES, "lora": RankOptions}


def test_the_scopes_of_a_run_are_those_of_its_task_and_its_methods():
    """A task has its own scopes, and one more for each of its methods that has options."""
    assert tuple(scopes_of_task("layerwise", {}, KNOWN, ())) == TASK_SCOPES["layerwise"]
    found = scopes_of_task("cross_domain", {"rank": 4, "train.epochs": 2}, KNOWN, ("frozen", "lora"))
    assert found == {**{scope: SCOPES[scope] for scope in TASK_SCOPES["cross_domain"]}, "lora": RankOptions}


@pytest.mark.parametrize(
    ("task", "methods", "key"),
    [
        ("layerwise", (), "train.epochs"),
        ("layerwise", (), "epochs"),
        ("layerwise", (), "cross_domain.people"),
        ("cross_domain", ("lora",), "layerwise.attributes"),
        ("cross_domain", ("frozen",), "lora.rank"),
        ("cross_domain", ("frozen",), "rank"),
    ],
)
def test_an_option_that_changes_nothing_is_refused(task, methods, key):
    """An option of another task, or of a PEFT method outside the run, is an error that names the run's scopes."""
    with pytest.raises(UsageError, match=f"'{key}' changes nothing here") as caught:
        scopes_of_task(task, {key: 1}, KNOWN, methods)
    assert all(scope in caught.value.found for scope in TASK_SCOPES[task])


def test_an_unknown_option_of_a_run_gets_a_near_miss():
    """A misspelt option is answered with the closest one, not with "changes nothing"."""
    with pytest.raises(UsageError, match="Did you mean 'rank'"):
        scopes_of_task("cross_domain", {"lora.rnk": 1}, KNOWN, ("lora",))
