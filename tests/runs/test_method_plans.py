"""Are the methods of a run those that were asked for, with their options and their rate?"""

import pytest

from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import PeftMethod
from emobench.catalog.discovery import PluginModule, discover
from emobench.catalog.hookspecs import hookimpl
from emobench.catalog.scopes import scopes_of
from emobench.domain.cards import PeftCard
from emobench.domain.errors import UsageError
from emobench.domain.options import resolve
from emobench.domain.presets import parts_of_names
from emobench.domain.training import TrainOptions
from emobench.runs.method_plans import lookup, plan_methods


@pytest.fixture(scope="module")
def catalog():
    """The built-in methods, and one of a file."""

    class File:
        @hookimpl
        def emobench_peft_methods(self):
            card = PeftCard(name="mine", title="mine", paper="none", learning_rate=1e-6)
            yield PeftMethod(card, apply=lambda *_: None)

    installed, broken = discover()
    return build_catalog([*installed, PluginModule("mine", File(), "file:abc", digest="abc")], broken)


def planned(catalog, *names, settings=None, train=None):
    return plan_methods(names, catalog, resolve(settings or {}, scopes_of(catalog)), train or TrainOptions())


def test_names_are_taken_apart():
    """The parts of combinations stand once each, in the order in which they are first named."""
    assert parts_of_names(("lora + weighted_sum", "frozen", "weighted_sum+dora")) == (
        "lora", "weighted_sum", "frozen", "dora"
    )  # fmt: skip
    assert parts_of_names(()) == ()


def test_methods_stand_once_in_the_order_asked(catalog):
    """a+b and b+a are one method; everything else stands in the order asked."""
    found = planned(catalog, "weighted_sum+lora", "frozen", "lora+weighted_sum")
    assert list(found) == ["lora+weighted_sum", "frozen"]
    both = found["lora+weighted_sum"]
    assert (both.name, both.head, both.trains_backbone) == ("lora+weighted_sum", "weighted_sum", True)
    assert [part.name for part in both.cards] == ["lora", "weighted_sum"]
    assert (found["frozen"].head, found["frozen"].trains_backbone) == ("mean", False)


def test_options_are_those_of_the_parts(catalog):
    """A part has the options that were set, another its defaults, one without options an empty set of them."""
    found = planned(catalog, "lora", "dora", "bitfit", settings={"lora.rank": 3})
    assert found["lora"].options["lora"].rank == 3
    assert found["dora"].options["dora"] == catalog.peft_method("dora").what.options()
    assert dict(found["bitfit"].options["bitfit"]) == {}


def test_the_rate_is_the_gentlest_of_the_parts_unless_it_is_given(catalog):
    """A combination learns at the smallest rate that its cards ask for; a rate that was asked for wins."""
    rates = {name: catalog.peft_method(name).what.card.learning_rate for name in ("full", "lora")}
    assert rates["full"] < rates["lora"]
    found = planned(catalog, "lora", "full", "full+weighted_sum", "lora+mine")
    expected = [rates["lora"], rates["full"], rates["full"], 1e-6]
    assert [method.train.learning_rate for method in found.values()] == expected
    given = planned(catalog, "lora", "full", train=TrainOptions(learning_rate=0.25))
    assert {method.train.learning_rate for method in given.values()} == {0.25}


def test_a_method_of_a_file_is_known_by_its_digest(catalog):
    """A part that came by `--plugin` has its file's digest, so that another file is another method."""
    found = planned(catalog, "mine", "mine+weighted_sum", "lora")
    assert [dict(method.plugins) for method in found.values()] == [{"mine": "abc"}, {"mine": "abc"}, {}]
    assert found["mine+weighted_sum"].distributions.keys() == {"mine", "weighted_sum"}
    assert found["mine"].distributions == {"mine": "file:abc"}
    assert found["lora"].distributions["lora"].startswith("emobench ")


@pytest.mark.parametrize(
    ("names", "hint"),
    [((), "at least one PEFT method"), (("loro",), "Did you mean 'lora'"), (("lora+loro",), "Did you mean 'lora'")],
)
def test_what_cannot_be_planned_is_refused(catalog, names, hint):
    """No method at all, or an unknown part, is an error of usage."""
    with pytest.raises(UsageError, match=hint):
        planned(catalog, *names)


def test_lookup_finds_what_the_catalog_offers(catalog):
    """A name finds its method, a misspelt one a near miss."""
    assert lookup(catalog)("lora") is catalog.peft_methods["lora"].what
    with pytest.raises(UsageError, match="Did you mean 'lora'"):
        lookup(catalog)("loro")
