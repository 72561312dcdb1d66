"""Are laws asked of the right thing, with what lies at hand, and told even where something is missing?"""

from dataclasses import replace

import pytest

from emobench.catalog.catalog import Offer, build_catalog
from emobench.catalog.contracts import Dataset, PeftMethod
from emobench.catalog.discovery import PluginModule
from emobench.catalog.families import Family
from emobench.domain.cards import FamilyCard, PeftCard, Weights
from emobench.domain.errors import DataError, UsageError
from emobench.testing.backbone.laws import BACKBONE_LAWS
from emobench.testing.cases import (
    DESCRIBES,
    Places,
    backbone_case,
    dataset_case,
    family_cases,
    own_data_case,
    peft_case,
)
from emobench.testing.laws import name_of
from emobench.testing.toys import CORPUS, MODEL, toy_backbone, toy_clips, write_toy_corpus

OWNER = PluginModule("toys", object(), "toys 1.0")
PUBLISHED = Weights(url="https://example.org/weights.pt", sha256="0" * 64)


@pytest.fixture
def places(tmp_path):
    """Nothing is at hand, and the network stays closed."""
    return Places(tmp_path / "home", {"EMOBENCH_DATA": str(tmp_path / "data")}, offline=True)


@pytest.fixture(scope="module")
def catalog():
    """A catalog of nothing."""
    return build_catalog([])


def told(case):
    """The verdicts of a case, and the problem in which they end, if they do."""
    found = []
    try:
        found.extend(case.verdicts())
    except (DataError, UsageError) as problem:
        return found, problem
    return found, None


def model(**changes):
    return replace(toy_backbone(card=MODEL.model_copy(update={"weights": PUBLISHED, **changes})))


def test_every_law_of_a_case_is_told_once_in_its_order(tmp_path, places, catalog):
    """The names that a case gives are those of its verdicts, none missing, none twice, for each kind."""
    write_toy_corpus(tmp_path, people=3, clips=1)
    here = replace(places, data={"toy-corpus": tmp_path})
    corpus = Dataset(CORPUS.model_copy(update={"expected_clips": 9}), clips=toy_clips)
    method = PeftMethod(PeftCard(name="mine", title="mine", paper="none"), apply=lambda *_: 1 / 0)
    described = replace(toy_backbone(), describe=lambda card, files: card)
    cases = [
        dataset_case(Offer(corpus, OWNER), here),
        peft_case(Offer(method, OWNER)),
        backbone_case(Offer(described, OWNER), catalog, places),
    ]
    for case in cases:
        found, problem = told(case)
        assert problem is None
        assert [verdict.law for verdict in found] == list(case.laws)
        assert case.owner == "toys 1.0"


def test_without_weights_the_card_is_looked_at_first(places, catalog):
    """Laws about the card are told, then what is missing, with the way to do without where there is one."""
    found, problem = told(backbone_case(Offer(model(), OWNER), catalog, places))
    assert [verdict.law for verdict in found] == ["licence_named", "paper_named", "training_named"]
    assert "are not on this machine" in str(problem)
    assert "@random" not in str(problem)
    with_control = replace(model(), load_random=lambda card: None)
    assert "emobench check toy-model@random" in str(told(backbone_case(Offer(with_control, OWNER), catalog, places))[1])


def test_weights_that_are_given_are_used(tmp_path, places, catalog):
    """--weights reaches the plugin's load, and where the backbone takes none it is an error of usage."""
    file, seen = tmp_path / "weights.pt", []
    file.write_bytes(b"mine")
    loads = replace(model(), load=lambda card, files: seen.append(files.only()))
    here = replace(places, weights={"toy-model": file})
    list(backbone_case(Offer(loads, OWNER), catalog, here).verdicts())
    assert set(seen) == {file}
    _, problem = told(backbone_case(Offer(toy_backbone(), OWNER), catalog, here))
    assert isinstance(problem, UsageError)


@pytest.mark.parametrize("describe", [lambda card, files: 1 / 0, lambda card, files: None])
def test_a_backbone_that_cannot_describe_itself(places, catalog, describe):
    """What describe raises, or gives where a card is wanted, breaks its own law, and no other is asked."""
    backbone = replace(toy_backbone(), describe=describe)
    found, _ = told(backbone_case(Offer(backbone, OWNER), catalog, places))
    assert [verdict.law for verdict in found] == [DESCRIBES, *map(name_of, BACKBONE_LAWS)]
    assert [verdict.holds for verdict in found] == [False, *[None] * len(BACKBONE_LAWS)]


def test_without_data_the_card_is_looked_at_first(places):
    """Laws about the card of a dataset are told, then where the corpus was looked for."""
    found, problem = told(dataset_case(Offer(Dataset(CORPUS, clips=toy_clips), OWNER), places))
    assert {"licence_named", "citation_named"} <= {verdict.law for verdict in found}
    assert "lists_clips" not in {verdict.law for verdict in found}
    assert "--data toy-corpus=DIR" in str(problem)


def test_a_dataset_that_cannot_be_generated(places):
    """What generate raises breaks the law about generated datasets; nothing comes through."""
    card = CORPUS.model_copy(update={"generated": True})
    corpus = Dataset(card, clips=toy_clips, generate=lambda root: 1 / 0)
    found, problem = told(dataset_case(Offer(corpus, OWNER), places))
    assert problem is None
    (verdict,) = [verdict for verdict in found if verdict.law == "generated"]
    assert verdict.holds is False
    assert verdict.found.startswith("ZeroDivisionError: division by zero (test_cases.py, line ")


def test_a_table_of_ones_own_is_read_when_it_is_asked(places):
    """Own data is a case at once; that it lies nowhere is told when its laws are asked."""
    found, problem = told(own_data_case("csv:mine", places))
    assert found == []
    assert "nobody said where 'csv:mine' lies" in str(problem)


def test_a_family_is_asked_by_its_tiny_members(places, catalog):
    """A built-in family describes a tiny member by its own files; one that nobody knows in small says how to ask."""
    from emobench.catalog.known import known_plugins

    offer = known_plugins().families["hubert"]
    first, *_ = family_cases(offer, catalog, places)
    verdict = next(first.verdicts())
    assert (verdict.law, verdict.holds) == (DESCRIBES, True)
    assert "family hubert" in verdict.found
    strange = Family(FamilyCard(name="strange", title="s", paper="https://example.org"), *[lambda *_: None] * 3)
    (case,) = family_cases(Offer(strange, OWNER), catalog, places)
    found, _ = told(case)
    assert {verdict.holds for verdict in found} == {None}
    assert all("emobench check hf:ORG/REPO" in verdict.found for verdict in found)
