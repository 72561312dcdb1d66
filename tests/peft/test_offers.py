"""Are the built-in methods offered like a stranger's, and without torch?"""

import subprocess
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
NAMES = ["bitfit", "bottleneck", "dora", "frozen", "full", "ia3", "lora", "weight_gating", "weighted_sum"]


def test_the_methods_of_the_design_are_offered(catalog):
    """Every method that docs/design.md names comes through the hook, each once, and no other."""
    assert list(catalog.peft_methods) == NAMES
    assert catalog.broken == ()
    assert catalog.twins == ()
    vocabulary = (PYPROJECT.parent / "docs" / "design.md").read_text("utf-8")
    row = next(line for line in vocabulary.splitlines() if line.startswith("| PEFT method |"))
    assert all(f"`{name}`" in row for name in NAMES)


def test_every_card_says_whose_idea_it_is(catalog):
    """Title, paper and licence stand on every card; no two methods have one title."""
    cards = [offer.what.card for offer in catalog.peft_methods.values()]
    assert all(card.paper.startswith("https://arxiv.org/abs/") for card in cards)
    assert len({card.title for card in cards}) == len(cards)


def test_offering_and_joining_import_nothing_heavy():
    """The methods, their options and their combinations are known without torch or peft."""
    points = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["entry-points"]["emobench"]
    homes = {name: home for name, home in points.items() if home.startswith("emobench.peft.")}
    code = f"""
import sys
from importlib import import_module
from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import PluginModule
from emobench.peft.combination import combined
catalog = build_catalog([PluginModule(name, import_module(home), "x") for name, home in {homes!r}.items()])
combined("lora+bottleneck+weighted_sum", lambda name: catalog.peft_method(name).what)
[offer.what.options() for offer in catalog.peft_methods.values()]
print(len(catalog.peft_methods), sorted({{"torch", "peft", "transformers"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "9 []"
