"""Does everything lie where the environment and the flags say?"""

from pathlib import Path

import platformdirs
import pytest

from emobench.domain.errors import DataError
from emobench.files.home import data_home, dataset_root, home, shelf


def test_home_is_where_the_environment_says(tmp_path):
    """EMOBENCH_HOME is the home, and shelves lie in it."""
    env = {"EMOBENCH_HOME": str(tmp_path)}
    assert home(env) == tmp_path
    assert shelf("features", env) == tmp_path / "features"


@pytest.mark.parametrize("env", [{}, {"EMOBENCH_HOME": ""}])
def test_home_is_the_cache_of_the_platform_by_default(env):
    """Without EMOBENCH_HOME, or with an empty one, the platform's cache folder holds everything."""
    assert home(env) == Path(platformdirs.user_cache_dir("emobench", appauthor=False))


def test_home_is_absolute(tmp_path, monkeypatch):
    """A relative or ~ home means one place, wherever a later step works."""
    monkeypatch.chdir(tmp_path)
    assert home({"EMOBENCH_HOME": "here"}) == tmp_path / "here"
    assert home({"EMOBENCH_HOME": "~/there"}) == Path.home() / "there"


def test_nothing_is_made_by_asking(tmp_path):
    """Asking where things lie makes no folder."""
    env = {"EMOBENCH_HOME": str(tmp_path / "home")}
    shelf("units", env)
    dataset_root("ravdess", {}, env)
    assert not (tmp_path / "home").exists()


def test_data_lies_in_the_home_unless_the_environment_says_otherwise(tmp_path):
    """EMOBENCH_DATA holds datasets by name; without it, ``data`` in the home does."""
    assert data_home({"EMOBENCH_HOME": str(tmp_path)}) == tmp_path / "data"
    assert data_home({"EMOBENCH_HOME": "elsewhere", "EMOBENCH_DATA": str(tmp_path)}) == tmp_path


def test_a_given_folder_comes_before_the_environment(tmp_path):
    """``--data NAME=DIR`` wins over EMOBENCH_DATA/NAME, which is used for other names."""
    env = {"EMOBENCH_DATA": str(tmp_path / "all")}
    (tmp_path / "all" / "ravdess").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    given = {"ravdess": tmp_path / "mine"}
    assert dataset_root("ravdess", given, env) == tmp_path / "mine"
    assert dataset_root("ravdess", {}, env) == tmp_path / "all" / "ravdess"
    assert dataset_root("emodb", given, env) is None


@pytest.mark.parametrize(("make", "words"), [(Path.touch, "is not a folder"), (lambda _: None, "does not exist")])
def test_a_given_folder_that_is_not_there_is_an_error(tmp_path, make, words):
    """A wrong ``--data`` never falls back to another place: it ends with exit code 3 and names the path."""
    make(tmp_path / "wrong")
    with pytest.raises(DataError, match="ravdess") as caught:
        dataset_root("ravdess", {"ravdess": tmp_path / "wrong"}, {"EMOBENCH_DATA": str(tmp_path)})
    assert f"{tmp_path / 'wrong'} {words}" in caught.value.found
    assert caught.value.exit_code == 3
