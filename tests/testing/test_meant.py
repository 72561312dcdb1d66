"""Does a name after `emobench check` mean what somebody would expect?"""

import importlib
import os

import pytest
from plugin_toys import BAD, GOOD, installed, written

from emobench.catalog.known import known_plugins
from emobench.domain.errors import UsageError
from emobench.testing.cases import Places
from emobench.testing.meant import cases_of


@pytest.fixture(scope="module")
def catalog():
    """All that is installed."""
    return known_plugins()


@pytest.fixture
def meant(tmp_path):
    """What names mean, as (kind, name) of every case."""

    def asked(*names, plugins=(), **places):
        found = cases_of(names, plugins, Places(tmp_path, os.environ, **places))
        return [(case.kind, case.name) for case in found]

    return asked


@pytest.mark.parametrize("kind", ["backbones", "families", "datasets", "peft_methods"])
def test_every_name_that_is_listed_means_itself_behind_its_plugin(meant, catalog, kind):
    """Whatever `emobench list` shows is a case of its kind, and the plugin that offers it is one before it."""
    offers = getattr(catalog, kind)
    found = meant(*offers)
    word = {"backbones": "backbone", "families": "family", "datasets": "dataset", "peft_methods": "peft method"}[kind]
    for name, offer in offers.items():
        own = [place for place, (of, shown) in enumerate(found) if (of, shown.partition("[")[0]) == (word, name)]
        assert own
        assert found.index(("plugin", offer.owner.name)) < own[0]
    assert len(set(found)) == len(found)


def test_a_plugin_and_a_package_mean_all_that_they_offer(meant):
    """An entry point's name stands for its plugin and its offers, a distribution's for those of all its plugins."""
    assert meant("low-rank") == [("plugin", "low-rank"), ("peft method", "dora"), ("peft method", "lora")]
    package = meant("Emobench")
    assert set(meant("low-rank", "ravdess", "whisper")) < set(package)
    assert {name for kind, name in package if kind == "plugin"} >= {"ravdess", "synthetic", "wavlm", "full"}


def test_names_that_the_core_gives(meant):
    """NAME@random and repositories of the Hub are backbones; a repository with a folder of data is a dataset."""
    assert meant("hubert-base@random")[-1] == ("backbone", "hubert-base@random")
    assert meant("hf:some/model") == [("backbone", "hf:some/model")]


def test_a_family_means_its_tiny_members(meant):
    """Every layout of a family that is known in small is a case of its own."""
    found = [name for kind, name in meant("wavlm") if kind == "family"]
    assert found == ["wavlm[wavlm]", "wavlm[wavlm-stable]"]


def test_a_file_means_all_that_it_offers(meant, tmp_path):
    """A file is a plugin with its offers; one that cannot be imported is a plugin alone; once, however often named."""
    good, bad = written(tmp_path, "good.py"), written(tmp_path, "raises.py", BAD["raises.py"][0])
    assert meant(str(good), str(bad)) == [("plugin", "good.py"), ("backbone", "my-level"), ("plugin", "raises.py")]
    assert meant(str(good), str(good), "my-level") == [("plugin", "good.py"), ("backbone", "my-level")]
    assert meant("my-level", plugins=[good]) == [("plugin", "good.py"), ("backbone", "my-level")]


def test_a_name_that_two_claim_means_both_plugins(meant, tmp_path):
    """Where a file shadows something built in, the name stands for both plugins; the file's own offer is checked."""
    file = written(tmp_path, "shadow.py", BAD["shadow.py"][0])
    assert sorted(meant("logmel", plugins=[file])) == [("plugin", "logmel"), ("plugin", "shadow.py")]
    assert meant(str(file)) == [("plugin", "shadow.py"), ("backbone", "logmel")]
    other = written(tmp_path, "other.py", GOOD + "# the same again\n")
    with pytest.raises(UsageError, match="two files offer a backbone named 'my-level'"):
        meant("my-level", plugins=[written(tmp_path, "good.py"), other])


def test_two_entry_points_of_one_name(meant, tmp_path, monkeypatch):
    """Both are meant by the name, and each is told that the other has its name."""
    site = tmp_path / "site"
    for one in ("first", "second"):
        installed(site, f"emobench-{one}", {"twin": f"{one}_plugin"})
        written(site, f"{one}_plugin.py", GOOD.replace("my-level", f"{one}-level"))
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    found = cases_of(["twin"], (), Places(tmp_path, os.environ))
    shown = [(case.kind, case.name, case.owner) for case in found]
    assert shown == [
        ("plugin", "twin", "emobench-first 1.0"), ("backbone", "first-level", "emobench-first 1.0"),
        ("plugin", "twin", "emobench-second 1.0"), ("backbone", "second-level", "emobench-second 1.0"),
    ]  # fmt: skip
    for case, other in ((found[0], "emobench-second 1.0"), (found[2], "emobench-first 1.0")):
        (verdict,) = [verdict for verdict in case.verdicts() if verdict.law == "own_name"]
        assert not verdict.holds
        assert other in verdict.found


def test_an_installed_plugin_that_ends_the_process_is_told(tmp_path, monkeypatch):
    """Asked for by its name or its package's, it is imported elsewhere first, and its broken law is what ends."""
    installed(tmp_path, "emobench-deadly", {"dead": "deadly_plugin"})
    written(tmp_path, "deadly_plugin.py", BAD["ends.py"][0])
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    for name in ("dead", "emobench_deadly"):
        (case,) = cases_of([name], (), Places(tmp_path, os.environ))
        assert (case.kind, case.name, case.owner) == ("plugin", "dead", "emobench-deadly 1.0")
        first = next(case.verdicts())
        assert (first.law, first.holds) == ("imports", False)
        assert "exit code 0" in first.found


@pytest.mark.parametrize(
    ("names", "places", "hint"),
    [
        (["logmle"], {}, "Did you mean 'logmel'?"),
        (["emobensh"], {}, "Did you mean 'emobench'?"),
        (["absent.py"], {}, "no plugin file at 'absent.py'"),
        (["level-duration@random"], {}, "has no random control"),
        (["hf:no-repository"], {}, "no repository of the Hub"),
        (["logmel"], {"weights": {"logmle": "x"}}, "Did you mean 'logmel'?"),
        (["logmel"], {"data": {"ravdess": "x"}}, "Did you mean 'ravdess-"),
        (["two\nlines"], {}, r"two\nlines"),
        ([""], {}, "no backbone, dataset, PEFT method or plugin named ''"),
    ],
)
def test_what_nobody_knows_is_told_with_a_near_miss(meant, names, places, hint):
    """A typo in a name, wherever it stands, is an error of usage that says what was probably meant."""
    with pytest.raises(UsageError) as caught:
        meant(*names, **places)
    assert hint in str(caught.value)


@pytest.mark.parametrize("name", ["my-net", "emobench-my-net", "Emobench_My.Net"])
def test_a_package_without_its_entry_point_is_told(meant, tmp_path, monkeypatch, name):
    """A package that is installed and names no plugin is told so, by either name, and no near miss is offered."""
    site = tmp_path / "site"
    installed(site, "emobench-my-net", {})
    (site / "emobench_my_net-1.0.dist-info" / "entry_points.txt").unlink()
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    with pytest.raises(UsageError) as caught:
        meant(name)
    assert caught.value.what == "emobench-my-net is installed and has no entry point in the group 'emobench'."
    assert "[project.entry-points.emobench] in its pyproject.toml" in caught.value.remedy
    assert "Did you mean" not in str(caught.value)


def test_an_entry_point_of_another_group_is_none(meant, tmp_path, monkeypatch):
    """A package with commands of its own, which a plugin may have, still lacks its entry point."""
    installed(tmp_path, "emobench-my-net", {"mine": "mine"})
    points = tmp_path / "emobench_my_net-1.0.dist-info" / "entry_points.txt"
    points.write_text(points.read_text("utf-8").replace("[emobench]", "[console_scripts]"), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(UsageError, match="has no entry point in the group 'emobench'"):
        meant("my-net")


def test_a_plugin_beside_must_work(meant, tmp_path):
    """A file given with --plugin that cannot be used is an error of usage: it is not what is checked."""
    with pytest.raises(UsageError, match="cannot be imported"):
        meant("logmel", plugins=[written(tmp_path, "raises.py", BAD["raises.py"][0])])
    with pytest.raises(UsageError, match="cannot be used"):
        meant("logmel", plugins=[written(tmp_path, "wrong.py", BAD["wrong.py"][0])])
