"""Is a bad plugin caught by the law that is meant for it and by no other, and a good one by none?"""

import sys
from importlib.metadata import EntryPoint, entry_points

import pytest

from emobench.metrics import classification
from emobench.testing.laws import name_of
from emobench.testing.plugin.laws import PLUGIN_LAWS, check_plugin
from emobench.testing.plugin.subject import PluginSubject

INSTALLED = tuple(entry_points(group="emobench"))
CARD = """
from emobench import PeftCard, PeftMethod, hookimpl

def method(name, title="Biases"):
    card = PeftCard(name=name, title=title, paper="https://example.org/biases")
    return PeftMethod(card, apply=lambda backbone, card, options: None)
"""
GOOD = f"""{CARD}
@hookimpl
def emobench_peft_methods():
    yield method("my-biases")
"""
BROKEN = {
    "raises": ("imports", "raise RuntimeError('no \\x1b[31mlicence')", "RuntimeError"),
    "exits": ("imports", "raise SystemExit(3)", "SystemExit"),
    "ends the process": ("imports", "import os\nos._exit(0)", "exit code 0, without a word"),
    "interrupts": ("imports", "raise KeyboardInterrupt", "it raises KeyboardInterrupt"),
    "an exception of its own": ("imports", "class Own(BaseException): pass\nraise Own('mine')", "Own: mine"),
    "no python": ("imports", "def (", "SyntaxError"),
    "missing package": ("imports", "import not_there.parts", "the package 'not_there' is missing"),
    "nothing marked": ("offers", "HOOKS = ()", "offers nothing"),
    "yields nothing": (
        "offers", f"{CARD}\n@hookimpl\ndef emobench_peft_methods():\n    return []", "yield nothing",
    ),
    "wrong type": ("offers", f"{CARD}\n@hookimpl\ndef emobench_datasets():\n    yield method('x')", "not Dataset"),
    "raising hook": ("offers", f"{CARD}\n@hookimpl\ndef emobench_datasets():\n    return 1 / 0", "ZeroDivisionError"),
    "misspelt": ("offers", f"{CARD}\n@hookimpl\ndef emobench_backbone():\n    return []", "emobench_backbones"),
    **{
        hook: (
            "offers", f"{GOOD}\n@hookimpl\ndef emobench_{hook}():\n    return []",
            f"{hook} are the ruler, the same for everybody, and cannot be replaced",
        )
        for hook in ("tasks", "probes", "metrics", "splits")
    },
    "torch": ("light_import", f"import torch\n{GOOD}", "imports torch"),
    "torch in a hook": (
        "light_import", f"{CARD}\n@hookimpl\ndef emobench_peft_methods():\n    import torch\n    yield method('x')",
        "imports torch",
    ),
    "a file": ("light_import", f"from pathlib import Path\ntext = Path(__file__ + '.txt').read_text()\n{GOOD}",
               ".txt"),
    "a host": (
        "light_import", (f"import socket, contextlib\nwith contextlib.suppress(OSError):\n"
        f"    socket.create_connection(('127.0.0.1', 9), timeout=0.1)\n{GOOD}"), "127.0.0.1",
    ),
    "a program": ("light_import", f"import subprocess\nsubprocess.run(['true'])\n{GOOD}", "starts true"),
    "words": ("light_import", f"print('two\\x1b words')\n{GOOD}", "prints 'two"),
    "a folder": ("light_import", f"import os\nos.chdir('/')\n{GOOD}", "changes the current folder to /"),
    "a metric": (
        "leaves_the_ruler", f"import emobench.metrics.classification as ruler\nruler.uar = ruler.accuracy\n{GOOD}",
        "replaces emobench.metrics.classification.uar",
    ),
    "counts": (
        "same_every_time", (f"{CARD}\nimport itertools\nTIMES = itertools.count()\n@hookimpl\n"
        "def emobench_peft_methods():\n    yield method('mine', title=str(next(TIMES)))"), "another",
    ),
    "grows": (
        "same_every_time", (f"{CARD}\nMINE = []\n@hookimpl\n"
        "def emobench_peft_methods():\n    MINE.append(method(f'mine-{len(MINE)}'))\n    yield from MINE"), "then",
    ),
    "built-in": ("own_name", GOOD.replace("my-biases", "lora"), "'lora' is offered by emobench"),
    "twice": ("own_name", f"{GOOD}    yield method('my-biases')\n", "offered twice"),
    "a control": (
        "own_name", ("from emobench import Backbone, BackboneCard, Layers, hookimpl\n"
        "CARD = BackboneCard(name='hubert-base@random', pretrained_on='nothing', licence='MIT', paper='https://a.b',\n"
        "    sample_rate=8000, layers=Layers.uniform(1, 1, 1))\n@hookimpl\ndef emobench_backbones():\n"
        "    yield Backbone(CARD, load=print)\n"), "NAME@random",
    ),
}  # fmt: skip


def written(folder, text):
    """A plugin file, with a text beside it that it may open."""
    path = folder / "mine.py"
    path.write_text(text)
    path.with_name("mine.py.txt").write_text("words")
    return path


def verdicts(source):
    """All verdicts, by law, beside what is installed."""
    return {verdict.law: verdict for verdict in check_plugin(PluginSubject(source, INSTALLED))}


def broken(found):
    """The broken laws, and what was found."""
    return {law: verdict.found for law, verdict in found.items() if verdict.holds is False}


def test_a_good_plugin_keeps_every_law(tmp_path):
    """A file that offers a method under a name of its own keeps all laws."""
    found = verdicts(written(tmp_path, GOOD))
    assert {law: verdict.found for law, verdict in found.items() if verdict.holds is not True} == {}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_caught_by_its_law(case, tmp_path, monkeypatch):
    """A plugin with one fault breaks the law of that fault and no other, and the verdict names the fault."""
    law, text, says = BROKEN[case]
    monkeypatch.chdir(tmp_path)  # which one of them leaves
    monkeypatch.setattr(classification, "uar", classification.uar)  # which one of them replaces
    found = verdicts(written(tmp_path, text))
    assert broken(found).keys() == {law}, broken(found)
    assert says in found[law].found
    assert "\x1b" not in found[law].found


def test_every_law_has_its_broken_plugin():
    """No law is without a plugin that shows that it catches something; each gives one verdict, in their order."""
    names = [name_of(law) for law in PLUGIN_LAWS]
    assert {law for law, _, _ in BROKEN.values()} == set(names)
    assert [verdict.law for verdict in check_plugin(PluginSubject(INSTALLED[0], INSTALLED))] == names


def test_what_rests_on_a_broken_law_is_not_asked(tmp_path):
    """A plugin that cannot be imported is asked nothing more, one without hooks only how it is imported."""
    found = verdicts(written(tmp_path, "import not_there"))
    assert {v.found for law, v in found.items() if law != "imports"} == {"rests on imports"}
    found = verdicts(written(tmp_path, "HOOKS = ()"))
    unasked = {law: verdict.found for law, verdict in found.items() if verdict.holds is None}
    assert unasked == dict.fromkeys(["same_every_time", "own_name"], "rests on offers")


@pytest.mark.parametrize("point", INSTALLED, ids=lambda point: point.name)
def test_installed_plugins_keep_every_law(point):
    """All that is installed, the built-in plugins above all, keeps all laws."""
    assert broken(verdicts(point)) == {}


class Package:
    """The metadata of an installed package."""

    def __init__(self, name):
        self.name, self.version = name, "1.0"


def point_of(package, value="strange_plugin"):
    """The entry point ``hubert`` of a package."""
    point = EntryPoint("hubert", value, "emobench")
    vars(point).update(dist=Package(package))
    return point


def test_two_packages_with_one_entry_point_are_both_told(tmp_path, monkeypatch):
    """An entry point of another package's name breaks the law about names, and both owners are named."""
    (tmp_path / "strange_plugin.py").write_text(GOOD)
    monkeypatch.syspath_prepend(tmp_path)
    mine, other = point_of("first"), point_of("second")
    for source, beside in ((mine, (mine, other)), (mine, (mine, *INSTALLED))):
        found = {verdict.law: verdict for verdict in check_plugin(PluginSubject(source, beside))}
        sys.modules.pop("strange_plugin", None)
        assert "own_name" in broken(found)
        assert "first 1.0" in found["own_name"].found
    assert "emobench " in found["own_name"].found
