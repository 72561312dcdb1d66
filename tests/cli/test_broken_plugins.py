"""Does every command say of a broken plugin which field is wrong, and how to see the rest?"""

import importlib
import json

import pytest
from plugin_toys import GOOD, installed, written

SAYS = {
    "lic-net": "licence: field required; license: extra inputs are not permitted (found 'MIT') Did you mean",
    "my-net": "there is no module 'emobench_my_net.plugins'; the entry point in pyproject.toml names it",
    "typo-net": "see_level: extra inputs are not permitted (found 3) Did you mean 'sees_level'?",
}
REMEDY = "`emobench check lic-net my-net typo-net` tells all that is wrong."


@pytest.fixture
def said(emobench, tmp_path, monkeypatch):
    """Three broken plugins are installed; gives (exit code, stdout, stderr) of a command."""
    site = tmp_path / "site"
    installed(site, "emobench-typo", {"typo-net": "typo_net"})
    installed(site, "emobench-lic", {"lic-net": "lic_net"})
    installed(site, "emobench-my-net", {"my-net": "emobench_my_net.plugins"})
    written(site, "typo_net.py", GOOD.replace("sample_rate=", "see_level=3, sample_rate="))
    written(site, "lic_net.py", GOOD.replace("licence=", "license="))
    (site / "emobench_my_net").mkdir()
    written(site / "emobench_my_net", "__init__.py", "")
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path)
    importlib.invalidate_caches()
    return emobench


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["list", "backbones"], 0),
        (["describe", "no-such-model"], 2),
        (["check", "no-such-model"], 2),
        (["plan", "--backbone", "no-such-model", "--dataset", "synthetic-speech"], 2),
        (["run", "--backbone", "no-such-model", "--dataset", "synthetic-speech"], 2),
    ],
    ids=lambda of: of[0] if isinstance(of, list) else "",
)
def test_every_command_names_the_field_and_the_check(said, arguments, expected):
    """Whoever asks for something that a broken plugin may offer hears what is wrong, once, and what asks for more."""
    code, out, err = said(*arguments)
    assert code == expected
    assert all(words in err for words in SAYS.values())
    assert err.count(REMEDY) == 1
    assert "'name': " not in out + err
    assert "Traceback" not in out + err


def test_doctor_and_the_list_of_plugins_say_the_same(said):
    """The reasons stand beside their plugins, as text and as JSON."""
    code, out, err = said("doctor")
    assert code == 5
    assert all(words in out for words in SAYS.values())
    assert REMEDY in err
    _, out, _ = said("list", "plugins", "--json")
    states = {row["plugin"]: row["state"] for row in json.loads(out)}
    for name, words in SAYS.items():
        assert words in states[name]


def test_the_check_says_the_same(said):
    """What asks for more has the same words for what the others told."""
    code, out, _ = said("check", *SAYS, "--law", "imports", "--json")
    assert code == 4
    found = {verdict["name"]: verdict["found"] for verdict in json.loads(out)}
    for name, words in SAYS.items():
        assert words in found[name]
