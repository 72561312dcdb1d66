"""Is it seen when code puts something else where the ruler was, and only then?"""

import importlib
import sys
from types import ModuleType

import pytest

from emobench.testing.plugin.ruler import Ruler

TOY = """
from dataclasses import dataclass

CLASSES = 4
NAMES = {"happy": 1}
ORDER = ["happy", "sad"]

def score(hits):
    return hits / CLASSES

@dataclass
class Split:
    folds: int

    @property
    def half(self):
        return self.folds / 2
"""
CHANGES = {
    "a function": ("toy.score = lambda hits: 1.0", "score"),
    "what a function does": ("toy.score.__code__ = (lambda hits: 1.0).__code__", "score.__code__"),
    "a constant": ("toy.CLASSES = 5", "CLASSES"),
    "a class": ("toy.Split = dict", "Split"),
    "a method": ("toy.Split.half = property(lambda split: 1)", "Split.half"),
    "a method that the class was given": ("toy.Split.__init__ = lambda split: None", "Split.__init__"),
    "an entry": ("toy.NAMES['happy'] = 2", "NAMES"),
    "one entry more": ("toy.NAMES['calm'] = 2", "NAMES"),
    "an order": ("toy.ORDER.reverse()", "ORDER"),
    "a name that is gone": ("del toy.CLASSES", "CLASSES"),
    "the module": ("import sys, types; sys.modules[toy.__name__] = types.ModuleType(toy.__name__)", ""),
}


@pytest.fixture(params=["there", "comes"])
def toy(request, tmp_path, monkeypatch):
    """A ruler, and a toy module of emobench that is there when the ruler begins to listen, or comes after it."""
    name, ruler = "emobench.toy_of_the_ruler", Ruler()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    package = sys.modules["emobench"]
    (tmp_path / "toy_of_the_ruler.py").write_text(TOY)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    del sys.modules[name]
    if request.param == "there":
        importlib.import_module(name)
    ruler.listen()
    yield ruler, importlib.import_module(name)
    vars(package).pop("toy_of_the_ruler", None)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_replaced_or_changed_is_named(toy, change):
    """Whatever of a module is another, it is named, and nothing else is, whenever the module was imported."""
    ruler, module = toy
    assert ruler.replaced() == []
    text, name = CHANGES[change]
    exec(text, {"toy": module})
    assert ruler.replaced() == [f"{module.__name__}.{name}".rstrip(".")]


def test_using_it_changes_nothing(toy):
    """Calling what a module holds, importing more of emobench, and new names of one's own replace nothing."""
    ruler, module = toy
    assert module.score(2) == 0.5
    assert module.Split(4).half == 2
    module.mine = 1
    for name in ("metrics.classification", "learning.splits", "tasks.layerwise", "domain.cards"):
        importlib.import_module(f"emobench.{name}")
    assert ruler.replaced() == []


def test_other_packages_are_not_heard(toy):
    """Modules outside emobench are found by others, and not noted."""
    ruler, _ = toy
    assert ruler.find_spec("emobenchmark", None) is None
    assert {name.partition(".")[0] for name in ruler.known} == {"emobench"}
