"""Is what the page about corpora shows what the program prints?"""

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data.md"


def test_the_audit_on_the_page_is_what_is_printed(shared_data, emobench):
    """The audit of RAVDESS's speech that the page shows is printed word for word for the copy at hand."""
    folder = shared_data / "ravdess"
    code, out, _ = emobench("data", "audit", "ravdess-speech", "--data", f"ravdess-speech={folder}")
    assert code == 0
    assert out.replace(str(folder), "DIR").strip() in PAGE.read_text("utf-8")
