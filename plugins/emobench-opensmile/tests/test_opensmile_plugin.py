"""Does the plugin introduce the feature sets, and say what is missing where openSMILE is?"""

import subprocess
import sys

import pytest
from emobench_opensmile import plugin
from emobench_opensmile.plugin import COMPARE, EGEMAPS, load
from packaging.licenses import canonicalize_license_expression

from emobench import WeightFiles
from emobench.domain.errors import BrokenEnvironment


def test_offers_two_backbones_without_controls():
    """The hook yields egemaps and compare-2016; nothing in them could be random."""
    offered = list(plugin.emobench_backbones())
    assert [backbone.card for backbone in offered] == [EGEMAPS, COMPARE]
    assert all(backbone.load_random is None for backbone in offered)


def test_introducing_itself_imports_nothing_heavy():
    """`emobench list` stays light: importing the plugin leaves torch, pandas and opensmile alone."""
    lines = (
        "import sys, emobench_opensmile.plugin as p; list(p.emobench_backbones());"
        "sys.exit(bool({'torch', 'pandas', 'opensmile'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", lines], check=False).returncode == 0


def test_licence_is_an_expression(card):
    """The licence is one that SPDX can read."""
    assert canonicalize_license_expression(card.licence) == card.licence


def test_without_opensmile_the_remedy_is_named(monkeypatch):
    """A missing package is a broken environment with a command, and no traceback of an import."""

    def nowhere(name):
        raise plugin.PackageNotFoundError(name)

    monkeypatch.setattr(plugin, "version", nowhere)
    with pytest.raises(BrokenEnvironment, match=r"not installed\.\npip install 'opensmile==2\.6\.\*'"):
        load(EGEMAPS, WeightFiles())


def test_an_opensmile_that_does_not_load_is_told(monkeypatch):
    """A library that the machine refuses is named with the machine's own words."""
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(BrokenEnvironment, match="cannot be loaded"):
        load(EGEMAPS, WeightFiles())


def test_another_release_is_refused(monkeypatch):
    """Numbers belong to a release: another one is refused with both numbers."""
    monkeypatch.setattr(plugin, "version", lambda _: "2.60.1")
    with pytest.raises(BrokenEnvironment, match=r"defined by opensmile 2\.6.*\nfound: opensmile 2\.60\.1"):
        load(EGEMAPS, WeightFiles())
