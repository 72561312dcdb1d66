"""Is the script that draws charts made once, and never used when it is damaged?"""

import pytest

from emobench.files.home import shelf
from emobench.pages import vega_script


@pytest.fixture
def made(monkeypatch):
    """How often a bundle was made, in place of the real one."""
    times = []
    monkeypatch.setattr(vega_script, "_made", lambda: times.append(1) or f"draw({len(times)});\n// é")
    return times


def test_a_kept_script_is_made_once(made):
    """The second time it is read, letter by letter the same."""
    first = vega_script.vega_script()
    assert vega_script.vega_script() == first
    assert len(made) == 1


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-1], lambda data: b"", lambda data: data.replace(b"draw", b"drop")]
)
def test_a_damaged_script_is_made_again(made, harm):
    """Cut short, emptied or changed, it does not fit its digest; what is made then is kept."""
    vega_script.vega_script()
    (kept,) = shelf("scripts").iterdir()
    kept.write_bytes(harm(kept.read_bytes()))
    assert vega_script.vega_script() == "draw(2);\n// é"
    assert vega_script.vega_script() == "draw(2);\n// é"
    assert len(made) == 2


def test_without_a_home_it_is_made_every_time(made, monkeypatch, tmp_path):
    """Where nothing can be written there is a script all the same."""
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("EMOBENCH_HOME", str(tmp_path / "file"))
    assert vega_script.vega_script()
    assert len(made) == 1


def test_the_bundle_may_stand_inside_a_page():
    """Nothing in it ends, or begins to hide, the element of a script; it offers `vegaEmbed`."""
    script = vega_script._made()
    assert "</script" not in script
    assert "<!--" not in script
    assert "vegaEmbed" in script
