"""Is what the README shows what a newcomer sees?"""

import re
from pathlib import Path

import pytest
from generated_pair import home_of_pair

from emobench.cli.app import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_two_commands_exist():
    """`make demo` and `make test` are targets, and CI calls the second."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for command in re.findall(r"^\$ make (\w+)", README, re.MULTILINE):
        assert command in targets
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_links_lead_somewhere():
    """Every relative link of the README and of CONTRIBUTING points to a file."""
    for page in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text("utf-8")):
            assert target.startswith("http") or (ROOT / target).exists(), target


def test_the_readme_names_every_page():
    """Whoever begins at the README finds every page of docs/."""
    linked = set(re.findall(r"\]\(docs/([^)#]+)", README))
    assert linked == {path.name for path in (ROOT / "docs").iterdir() if path.suffix in (".md", ".ipynb")}


def rows(text):
    """(backbone, layer, score) of every line of a table."""
    cells = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    found = [(c[0], c[1], c[2]) for c in cells if len(c) >= 4 and re.fullmatch(r"-?\.\d{3}", c[2])]
    return {(name, layer.partition(":")[0]): float(value) for name, layer, value in found}


def test_the_shown_output_is_what_the_demo_prints(capsys, tmp_path, generated_pair, monkeypatch):
    """The table in the README is the first one of `emobench run`, its scores within two points on any machine."""
    monkeypatch.setenv("EMOBENCH_HOME", str(home_of_pair(generated_pair, tmp_path / "home")))
    with pytest.raises(SystemExit) as end:
        main(["run", "--out", str(tmp_path / "runs")])
    assert end.value.code in (0, None)
    printed = capsys.readouterr().out
    shown = rows(README)
    assert len(shown) >= 8
    first = rows(printed.split("\n\n")[0])
    assert set(shown) == set(first)
    for key, value in shown.items():
        assert first[key] == pytest.approx(value, abs=0.02), key
    assert len([line for line in printed.splitlines() if line.endswith(".json")]) == 6
