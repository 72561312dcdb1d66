"""Which names does `emobench new` take, and does every one of them fit wherever it is put?"""

import keyword

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from pydantic import ValidationError

from emobench.authoring.names import LONGEST, check_name, distribution_of, module_of, taken_names
from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.cards import PeftCard
from emobench.domain.errors import UsageError

NAMES = st.one_of(st.from_regex(r"[a-z0-9._ -]{0,12}", fullmatch=True), st.text(max_size=12))


@pytest.fixture(scope="module")
def taken():
    """The names that the installed plugins have."""
    return taken_names(build_catalog(*discover()))


def refusal(name, taken=()):
    """The error for a name; None where it is accepted."""
    try:
        check_name(name, dict(taken))
    except UsageError as problem:
        return problem
    return None


def a_card_takes(name):
    """Whether a card may have this name."""
    try:
        PeftCard(name=name, title="A title", paper="A paper")
    except ValidationError:
        return False
    return True


@given(NAMES)
@example("3m")
@example("class")
@example("x.y_z")
def test_an_accepted_name_fits_everywhere(name):
    """It is a card's name and a package's, and its module is an identifier and no keyword."""
    if refusal(name) is None:
        assert a_card_takes(name)
        assert Requirement(distribution_of(name)).name == distribution_of(name)
        assert module_of(name).isidentifier()
        assert not keyword.iskeyword(module_of(name))


@given(NAMES)
@example("a\n")
@example("É")
@example("\x1b[2J")
def test_a_refused_name_gets_a_reason_and_one_that_would_do(name):
    """What is refused is said on one line each, and a name that is offered instead is accepted."""
    problem = refusal(name)
    if problem is None:
        return
    assert all(line.isprintable() for line in str(problem).split("\n"))
    assert len(str(problem).split("\n")) == 3
    offered = problem.remedy.partition("'")[2].partition("'")[0]
    assert refusal(offered) is None if offered else problem.remedy == "Choose another name."


@given(st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)*", fullmatch=True))
@example("a" * LONGEST)
@example("a" * (LONGEST + 1))
def test_what_a_card_takes_is_refused_for_a_reason_only(name):
    """Only the prefix, the length and names of devices keep back a name that a card takes and nobody has."""
    device = name.split(".")[0] in {"con", "prn", "aux", "nul"} or (name[:3] in ("com", "lpt") and len(name) > 3)
    if not device and not name.startswith("emobench") and len(name) <= LONGEST:
        assert refusal(name) is None
    if len(name) > LONGEST:
        assert "64 are allowed" in str(refusal(name))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("My-Model", "'my-model' would do"),
        ("my model", "'my-model' would do"),
        ("emobench-thing", "'thing' would do"),
        ("emobench", "give only the NAME"),
        ("con", "'my-con' would do"),
        ("com1.x", "Windows"),
        ("logmel", "a backbone of emobench "),
        ("ravdess-song", "a dataset of emobench "),
        ("hubert", "a family of emobench "),
        ("lora", "a PEFT method of emobench "),
        ("low-rank", "a plugin of emobench "),
        ("train", "a scope of options"),
        ("synthetic.speech", "'synthetic-speech' is taken"),
        ("", "with one dot, hyphen or underscore between them"),
        ("a--b", "'a-b' would do"),
        ("-a", "'a' would do"),
    ],
)
def test_names_that_mislead_are_refused(taken, name, told):
    """Names that somebody has, or that would be two things at once, are refused with a word about it."""
    assert told in str(refusal(name, taken))


def test_a_package_at_hand_keeps_its_name(taken):
    """The name of an installed package is taken, also where what it offers is called otherwise."""
    assert refusal("level-metre", {"level-metre": "the package emobench-level-metre 1.0"}) is not None
    assert any(who.startswith("the package") for who in taken.values())
