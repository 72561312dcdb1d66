"""Are plugins found, and those that fail told with the reason?"""

import os
from importlib.metadata import EntryPoint

import pytest

from emobench.catalog import hookspecs
from emobench.catalog.catalog import KINDS, build_catalog
from emobench.catalog.contracts import AudioBatch, WeightFiles
from emobench.catalog.discovery import from_file, installed
from emobench.domain.errors import UsageError


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


RAISING = [
    "raise RuntimeError('boom')", "import not_there", "raise SystemExit(3)", "def (",
    "class Own(BaseException): pass\nraise Own('boom')",
]  # fmt: skip


@pytest.mark.parametrize("text", RAISING)
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


@pytest.mark.parametrize("value", ["", "two words", ":name"])
def test_an_entry_point_that_names_no_module_is_told(value):
    """What stands in the metadata instead of a module is shown, with what has to stand there."""
    working, (broken,) = installed([EntryPoint("bad", value, "emobench")])
    assert working == []
    assert broken.reason == f"ValueError: its entry point is '{value}', and has to be MODULE or MODULE:NAME"


@pytest.mark.parametrize("text", RAISING)
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


def test_what_is_digested_is_what_runs(tmp_path):
    """A file that is written again in the same second, and as long as before, runs as it stands now."""
    for number in (1, 2):
        path = write(tmp_path, "mine.py", f"A = {number}")
        os.utime(path, (1_000_000_000, 1_000_000_000))
        assert number == from_file(path).module.A
    with pytest.raises(UsageError, match="is not a Python file"):
        from_file(write(tmp_path, "mine.txt", "A = 1"))


def example(folder, hook):
    """The example in a hook's docstring as a plugin file of its own."""
    text = getattr(hookspecs, hook).__doc__.partition("Example::")[2]
    lines = [line[8:] for line in text.strip("\n").splitlines()]
    return from_file(write(folder, "example.py", "\n".join(lines)))


@pytest.mark.parametrize("hook", KINDS)
def test_the_example_of_every_hook_is_a_working_plugin(tmp_path, hook):
    """The example in a hook's docstring, saved to a file, offers what the hook is for."""
    catalog = build_catalog([example(tmp_path, hook)])
    assert catalog.broken == ()
    (offer,) = {**catalog.datasets, **catalog.backbones, **catalog.families, **catalog.peft_methods}.values()
    assert isinstance(offer.what, KINDS[hook])


def test_the_example_of_a_family_loads_a_published_model(tmp_path):
    """With the example's family, a repository with its model_type is described, loaded with its weights, and heard."""
    import torch
    from safetensors.torch import save_file

    catalog = build_catalog([example(tmp_path, "emobench_families")])
    weights = {"first.weight": torch.ones(8, 320), "first.bias": torch.zeros(8)}
    weights |= {"second.weight": torch.eye(8), "second.bias": torch.ones(8)}
    save_file(weights, tmp_path / "model.safetensors")
    write(tmp_path, "config.json", '{"model_type": "my-model", "hidden_size": 8}')
    write(tmp_path, "preprocessor_config.json", '{"sampling_rate": 16000}')
    files = WeightFiles({path.name: path for path in tmp_path.iterdir()})
    backbone = catalog.backbone("hf:me/mine").what
    card = backbone.describe(backbone.card, files)
    audio = AudioBatch(torch.ones(2, 640), torch.tensor([640, 320]))
    features = backbone.load(card, files)(audio)
    assert [(layer.width, layer.hz) for layer in card.layers] == [(8, 50), (8, 50)]
    assert torch.equal(features.layers[1], torch.full((2, 2, 8), 321.0))
    assert [lengths.tolist() for lengths in features.lengths] == [[2, 1], [2, 1]]
    control = catalog.backbone("hf:me/mine@random").what
    shapes = [layer.shape for layer in control.load(card, files)(audio).layers]
    assert shapes == [layer.shape for layer in features.layers]
