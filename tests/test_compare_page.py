"""Does docs/compare.md show what the program prints?"""

import re
from pathlib import Path

import pytest

from emobench.cli.app import main

ROOT = Path(__file__).resolve().parents[1]
SHOWN = re.findall(
    r"```console\n\$ emobench (.*?)\n(.*?)```", (ROOT / "docs" / "compare.md").read_text("utf-8"), re.DOTALL
)


def test_the_page_shows_something():
    """There is a comparison of scores, one of distances, and a refusal."""
    assert len(SHOWN) == 3


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_what_the_page_shows_is_printed(command, printed, capsys, monkeypatch):
    """Every command of the page prints, from the committed records, exactly what the page says."""
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(command.split())
    out, err = capsys.readouterr()
    assert out + err == printed
