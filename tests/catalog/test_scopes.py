"""Does every PEFT method with options have a scope of its own, beside those of the core?"""

import pytest

from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import PeftMethod
from emobench.catalog.discovery import PluginModule, discover
from emobench.catalog.hookspecs import hookimpl
from emobench.catalog.scopes import scopes_of
from emobench.domain.cards import PeftCard
from emobench.domain.frozen import Frozen
from emobench.domain.options import SCOPES


class Strength(Frozen):
    """What a method may ask."""

    strength: float = 1.0


def method(name, **asks):
    return PeftMethod(PeftCard(name=name, title=name, paper="none"), apply=lambda *_: None, **asks)


def catalog_of(*methods):
    """A catalog of one plugin with these methods."""

    class Plugin:
        @hookimpl
        def emobench_peft_methods(self):
            yield from methods

    return build_catalog([PluginModule("one", Plugin(), "one 1.0")])


def test_a_method_with_options_has_a_scope():
    """A method brings a scope of its name when it has options, and none when it has not."""
    found = scopes_of(catalog_of(method("asking", options=Strength), method("plain")))
    assert found == {**SCOPES, "asking": Strength}


@pytest.mark.parametrize("name", SCOPES)
def test_a_method_called_like_a_scope_takes_nothing_over(name):
    """Its plugin is broken, with the name, and the scopes of the core stay what they are."""
    catalog = catalog_of(method("fine", options=Strength), method(name, options=Strength))
    assert scopes_of(catalog) == SCOPES
    (broken,) = catalog.broken
    assert f"'{name}' is the name of an option scope" in broken.reason


def test_built_in_methods_with_options_have_scopes():
    """What `--set lora.rank=4` changes is known, and a scope that is not the core's is that of a method."""
    catalog = build_catalog(*discover())
    scopes = scopes_of(catalog)
    assert "rank" in scopes["lora"].model_fields
    assert "frozen" not in scopes
    assert set(scopes) - set(SCOPES) == {
        name for name, o in catalog.peft_methods.items() if o.what.options.model_fields
    }
