"""Is an error of a plugin one line that names what its author has to mend?"""

import runpy
from importlib.metadata import EntryPoint

import pytest

from emobench.catalog.plugin_faults import LONGEST, not_imported, said
from emobench.domain.cards import Weights


def missing(name):
    """What Python raises for a module that is not there."""
    return ModuleNotFoundError(f"No module named '{name}'", name=name)


def test_an_error_is_one_line_of_bounded_length():
    """Line ends, control characters and length of a stranger's words do not reach a screen; its class does."""
    words = said(RuntimeError("two\nlines \x1b[31m" + "x" * 10_000))
    assert words.startswith("RuntimeError: two lines \\x1b[31mx")
    assert len(words) == len("RuntimeError: ") + LONGEST
    assert said(RuntimeError()) == "RuntimeError"


def test_an_error_has_the_line_of_the_plugin(tmp_path):
    """The last line of the stranger's own code is named, by the file's name alone, also where a library raised."""
    (tmp_path / "network.py").write_text("import json\n\n\ndef load():\n    return json.loads('{')\n")
    load = runpy.run_path(str(tmp_path / "network.py"))["load"]
    with pytest.raises(ValueError, match="property name") as caught:
        load()
    words = said(caught.value.with_traceback(caught.value.__traceback__.tb_next))  # from where emobench calls it
    assert words.endswith(" (network.py, line 5)")
    assert str(tmp_path) not in words
    assert "line 5" not in said(caught.value.with_traceback(caught.value.__traceback__.tb_next))  # json's own frames


def test_a_card_is_said_by_its_fields():
    """Every field that does not fit is named on the one line, with its reason."""
    with pytest.raises(ValueError, match="Weights") as caught:
        Weights(rep="me/mine", sha256="x")
    words = said(caught.value)
    assert "rep: extra inputs are not permitted (found 'me/mine') Did you mean 'repo'?" in words
    assert "sha256: " in words
    assert "\n" not in words


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("mine.plugins", "there is no module 'mine.plugins'; the entry point in pyproject.toml names it"),
        ("mine", "there is no module 'mine'; the entry point in pyproject.toml names 'mine.plugins'"),
        ("mine.parts", "there is no module 'mine.parts', which the plugin itself imports"),
        ("other", "the package 'other' is missing; its author has to name it among the plugin's dependencies"),
        ("mine_too", "the package 'mine_too' is missing; its author has to name it among the plugin's dependencies"),
    ],
)
def test_a_missing_module_is_told_from_a_missing_package(module, says):
    """What the entry point names, what lies beside it, and what others publish are three different repairs."""
    for value in ("mine.plugins", "mine.plugins:hooks"):
        assert not_imported(missing(module), EntryPoint("my-net", value, "emobench")) == says


def test_without_an_entry_point_a_missing_module_is_a_package():
    """A file has no package of its own; an error that names no module is said as it is."""
    assert not_imported(missing("mine")).startswith("the package 'mine' is missing")
    assert not_imported(missing("mi\x1bne")).startswith("the package 'mi\\x1bne' is missing")
    assert not_imported(ModuleNotFoundError("gone")) == "ModuleNotFoundError: gone"
    assert not_imported(missing("mine"), EntryPoint("my-net", "", "emobench")).startswith("the package 'mine'")
