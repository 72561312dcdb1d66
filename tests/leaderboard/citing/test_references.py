"""Do all built-ins find the papers that their cards name, and are the facts whole?"""

import re

import pytest

from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import discover
from emobench.domain.record import Score
from emobench.domain.spec import TASKS
from emobench.leaderboard.citing.references import known_references, place

KNOWN = known_references()
CATALOG = build_catalog(*discover())


@pytest.mark.parametrize("kind", ["backbones", "families", "peft_methods"])
def test_every_built_in_has_its_paper(kind):
    """The address on the card of every built-in backbone, family and PEFT method leads to a reference."""
    for name, offer in getattr(CATALOG, kind).items():
        assert KNOWN.at(offer.what.card.paper), name


def test_every_dataset_task_and_method_owes_something():
    """Built-in datasets and PEFT methods, and all tasks, have entries; a method's is the paper on its card."""
    for name in CATALOG.datasets:
        assert KNOWN.owed_for("dataset", name), name
    for task in TASKS:
        assert "sun2024similarity" in KNOWN.owed_for("task", task), task
    for name, offer in CATALOG.peft_methods.items():
        assert KNOWN.at(offer.what.card.paper) in KNOWN.owed_for("method", name), name
    assert KNOWN.owed_for("metric", Score(metric="uar", value=None).metric)


def test_what_is_owed_is_known_and_what_is_known_is_owed():
    """No key leads nowhere, and no reference is left that nothing cites."""
    owed = {key for parts in KNOWN.owed.values() for keys in parts.values() for key in keys}
    cards = [*CATALOG.backbones.values(), *CATALOG.families.values(), *CATALOG.peft_methods.values()]
    assert owed <= set(KNOWN.references)
    assert set(KNOWN.references) == owed | {KNOWN.at(offer.what.card.paper) for offer in cards}


def test_facts_are_whole():
    """Every paper has authors, a title, a year that fits its arXiv number, and an address; keys are plain."""
    for key, one in KNOWN.references.items():
        assert re.fullmatch(r"[a-z]+(\d{4}[a-z0-9]*)?", key)
        assert one.authors
        assert one.eprint or one.doi or one.url
        assert all(", " in author or author == "others" or author.startswith("{") for author in one.authors)
        assert (one.year is None) == (key == "emobench")
        if one.eprint and not one.doi:
            assert one.year == 2000 + int(one.eprint[:2]), key
        if one.type == "article":
            assert one.journal


@pytest.mark.parametrize(
    "address",
    [
        "https://arxiv.org/abs/2106.07447",
        "http://www.arxiv.org/abs/2106.07447v3",
        "https://arxiv.org/pdf/2106.07447v1.pdf",
        "https://doi.org/10.48550/arXiv.2106.07447",
        "https://doi.org/10.1109/taslp.2021.3122291",
    ],
)
def test_an_address_is_known_however_it_is_written(address):
    """Versions, PDF, DOI and case lead to the same paper."""
    assert KNOWN.at(address) == "hsu2021hubert"


def test_other_addresses_are_other_places():
    """A number that only begins alike, another host or an empty text finds nothing."""
    for address in ("https://arxiv.org/abs/2106.0744", "https://evil.example/arxiv.org/abs/2106.07447", "", "nonsense"):
        assert KNOWN.at(address) is None
    assert place("https://Example.org/a/") == place("http://www.example.org/a#b")
