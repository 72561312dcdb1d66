"""Is a new package whole, sound and never in anybody's way?"""

import ast
import errno
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.authoring.names import check_name, module_of
from emobench.authoring.package import KINDS, rendered, write_package
from emobench.domain.cards import BackboneCard, DatasetCard, PeftCard
from emobench.domain.errors import StorageError, UsageError

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("a", "my-model", "x.y_z", "3m", "class")
CARDS = {"backbone": BackboneCard, "dataset": DatasetCard, "peft": PeftCard}
EVERY = [(kind, name) for kind in KINDS for name in NAMES]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with a package of every kind for every name: (kind, name) -> its own folder."""
    folder = tmp_path_factory.mktemp("packages")
    found = {(kind, name): write_package(kind, name, folder / kind) for kind, name in EVERY}
    return {**found, ("dataset", "tunes"): write_package("dataset", "tunes", folder / "dataset", "music")}


def card_of(kind, name, text):
    """The card that the text of a `plugin.py` makes; nothing but its first imports is imported."""
    space = {"__name__": f"rendered_{module_of(name)}"}
    exec(compile(text, "plugin.py", "exec"), space)
    return space["CARD"]


@given(st.sampled_from(KINDS), st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)*", fullmatch=True))
@settings(max_examples=60)
def test_every_accepted_name_gives_a_sound_package(kind, name):
    """TOML that can be read names the package and its module, all Python compiles, and the card has the name."""
    try:
        check_name(name, {})
    except UsageError:
        return
    files = rendered(kind, name)
    project = tomllib.loads(files["pyproject.toml"])
    assert project["project"]["name"] == f"emobench-{name}"
    assert project["project"]["entry-points"]["emobench"] == {name: f"{module_of(name)}.plugin"}
    assert f"--emobench={name}" in project["tool"]["pytest"]["ini_options"]["addopts"]
    for path, text in files.items():
        assert "{{" not in text.replace("{{}}", "")
        if path.endswith(".py"):
            assert ast.get_docstring(ast.parse(text))
    card = card_of(kind, name, files[f"src/{module_of(name)}/plugin.py"])
    assert isinstance(card, CARDS[kind])
    assert card.name == name


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_what_is_written_is_what_was_rendered(written, kind, name):
    """All files lie below the package's folder, with a README, a licence, tests, and what git is to leave out."""
    place = written[kind, name]
    found = {file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file()}
    assert place.name == f"emobench-{name}"
    assert found == set(rendered(kind, name))
    assert {"README.md", "LICENSE", ".gitignore", "pyproject.toml", f"src/{module_of(name)}/plugin.py"} <= found
    assert any(path.startswith("tests/test_") for path in found)
    assert all((place / path).read_bytes() == text.encode() for path, text in rendered(kind, name).items())


def test_the_linter_has_nothing_to_say(written):
    """The linter finds nothing in any package under the configuration that it brings, neither rules nor format."""
    for command in (["check"], ["format", "--check"]):
        places = [str(place) for place in written.values()]
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", *places], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_types_hold(written):
    """The type checker, strict as the package configures it, finds nothing in a package of each kind."""
    chosen = [written["backbone", "3m"], written["dataset", "x.y_z"], written["peft", "my-model"]]
    config = chosen[0] / "pyproject.toml"
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(ROOT / ".mypy_cache/new")]
    done = subprocess.run(
        [*command, *(str(place / "src") for place in chosen)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_introducing_itself_imports_nothing_heavy(written, kind):
    """`emobench list` stays light: importing the plugin and asking its hook imports neither torch nor numpy."""
    hook = {"backbone": "emobench_backbones", "dataset": "emobench_datasets", "peft": "emobench_peft_methods"}[kind]
    module = f"{module_of('my-model')}.plugin"
    lines = f"import sys, {module} as p; list(p.{hook}()); sys.exit(bool({{'torch', 'numpy'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", lines], cwd=written[kind, "my-model"] / "src", check=False)
    assert done.returncode == 0


def test_a_dataset_of_music_has_songs(written):
    """With the domain music, groups are songs, and the README's pair has speech first."""
    place = written["dataset", "tunes"]
    card = card_of("dataset", "tunes", (place / "src/emobench_tunes/plugin.py").read_text("utf-8"))
    assert (card.domain, card.group_is) == ("music", "song")
    assert "--dataset synthetic-speech,tunes" in (place / "README.md").read_text("utf-8")


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_nothing_is_ever_overwritten(tmp_path, there):
    """A folder, a file or a dead link of that name stays as it is, and nothing is left beside it."""
    place = tmp_path / "emobench-mine"
    if there == "folder":
        place.mkdir()
    elif there == "file":
        place.write_text("mine")
    else:
        place.symlink_to("nowhere")
    with pytest.raises(UsageError, match="nothing is overwritten"):
        write_package("peft", "mine", tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["emobench-mine"]
    assert there != "folder" or not list(place.iterdir())


def broken_after(monkeypatch, files, problem):
    """From now on, the write after so many files raises."""
    real, count = Path.write_bytes, []

    def write(path, data):
        count.append(path)
        if len(count) > files:
            raise problem
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)


def test_an_interrupted_package_leaves_nothing(tmp_path, monkeypatch):
    """Ctrl-C in the middle leaves neither a half package nor what it was made of."""
    broken_after(monkeypatch, 3, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        write_package("backbone", "mine", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_killed_package_is_not_there(tmp_path, monkeypatch):
    """Where nothing could be cleared away, the name of the package is still free, and the next try makes it whole."""
    with monkeypatch.context() as killed:
        killed.setattr(shutil, "rmtree", lambda *_, **__: None)
        broken_after(killed, 3, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            write_package("backbone", "mine", tmp_path)
    assert [entry.name[:5] for entry in tmp_path.iterdir()] == [".tmp-"]
    assert (write_package("backbone", "mine", tmp_path) / "LICENSE").is_file()


def test_a_full_disk_is_an_error_with_a_remedy(tmp_path, monkeypatch):
    """A disk that fills up is told as such, with the option that names another place, and nothing is left."""
    broken_after(monkeypatch, 2, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(StorageError, match="No space left on device\nName another place with --into DIR"):
        write_package("dataset", "mine", tmp_path)
    assert not list(tmp_path.iterdir())
