"""Are plugins found, and those that fail told with the reason?"""

from importlib.metadata import EntryPoint

import pytest

from emobench.catalog import hookspecs
from emobench.catalog.catalog import build_catalog
from emobench.catalog.discovery import from_file, installed
from emobench.domain.errors import UsageError


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", ["raise RuntimeError('boom')", "import not_there", "raise SystemExit(3)", "def ("])
def test_a_plugin_that_fails_to_import_is_told(tmp_path, monkeypatch, text):
    """Whatever a module raises on import, the others are found and it is listed with its reason."""
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path, "failing_plugin.py", text)
    points = [
        EntryPoint("bad", "failing_plugin", "emobench"),
        EntryPoint("ok", "emobench.datasets.ravdess", "emobench"),
    ]
    working, broken = installed(points)
    assert [plugin.name for plugin in working] == ["ok"]
    assert [plugin.name for plugin in broken] == ["bad"]
    assert broken[0].reason


@pytest.mark.parametrize("text", ["raise RuntimeError('boom')", "def ("])
def test_a_named_file_must_work(tmp_path, text):
    """A file given with --plugin that cannot be imported is an error of usage, not a silent loss."""
    with pytest.raises(UsageError, match="cannot be imported"):
        from_file(write(tmp_path, "mine.py", text))
    with pytest.raises(UsageError, match="no plugin file"):
        from_file(tmp_path / "absent.py")


def test_a_files_digest_stands_for_its_version(tmp_path):
    """Two contents of one file are two plugins."""
    first = from_file(write(tmp_path, "mine.py", "A = 1"))
    second = from_file(write(tmp_path, "mine.py", "A = 2"))
    assert first.digest != second.digest


@pytest.mark.parametrize("hook", ["emobench_datasets", "emobench_backbones", "emobench_peft_methods"])
def test_the_example_of_every_hook_is_a_working_plugin(tmp_path, hook):
    """The example in a hook's docstring, saved to a file, offers what the hook is for."""
    example = getattr(hookspecs, hook).__doc__.partition("Example::")[2]
    lines = [line[8:] for line in example.strip("\n").splitlines()]
    catalog = build_catalog([from_file(write(tmp_path, "example.py", "\n".join(lines)))])
    assert catalog.broken == ()
    assert len({**catalog.datasets, **catalog.backbones, **catalog.peft_methods}) == 1
