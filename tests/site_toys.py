"""What may stand on a site? Toy tables, hostile texts, and a browser that says what it asked for."""

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from board_toys import BOARDS
from record_toys import pair_record

from emobench.domain.record import make_record
from emobench.leaderboard.board import read_board
from emobench.leaderboard.table import BoardTable, Cell, Column, Row
from emobench.pages.board_shown import ShownBoard

RUN = "window.hacked=1"
HOSTILE = f'</script><script>{RUN}</script>"\' onload={RUN} <img src=x onerror="{RUN}">\n\u202e!{{{{ 7 }}}}'
LONG = HOSTILE + "x" * 10_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def table_of(*entries, key="toy", title="toy table"):
    """A table with a row for every (path, record), sorted as given."""
    columns = (
        Column("backbone", "backbone"),
        Column("headline", "score", "number", about="a score", ends=True),
        Column("gain", "gain", "number", ends=True),
        Column("licence", "licence", part="What was used"),
    )
    rows = [
        Row(
            cells={
                "backbone": Cell(_name(record), _name(record), files={_name(record): path}),
                "headline": Cell(f"{record.found.headline.value:.3f}", record.found.headline.value),
                "gain": Cell(f"{0.01 * place:.3f}", 0.01 * place, 0.01 * place - 0.02, 0.01 * place + 0.02),
                "licence": Cell("MIT", "MIT"),
            },
            path=path,
            record=record,
        )
        for place, (path, record) in enumerate(entries)
    ]
    chance = Row({"backbone": Cell("chance"), "headline": Cell(".167", 0.167)})
    return BoardTable(key, title, ("A fact with `code`.",), columns, (*rows, chance), ("A note.",))


def _name(record):
    return str(record.asked["backbone"])


def shown_board(folder, *records, name="toys", title="Toys", about="About `toys`."):
    """A board in a folder, its records written there, with one table."""
    board = read_board(BOARDS / "cross_domain").model_copy(update={"name": name, "title": title, "about": about})
    entries = []
    for record in records:
        path = folder / "records" / "cross_domain" / "some" / f"{record.key[:12]}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(record.model_dump_json(by_alias=True), "utf-8", "backslashreplace")
        entries.append((path, record))
    return ShownBoard(board, folder, (table_of(*entries),))


def hostile_record(text=LONG):
    """A record that says one text wherever a record may say one."""
    record = pair_record(text, notes=(text,), used={"assumed": {text: text}})
    used = {**record.used, "backbone": {"card": _card(text), "identity": {"digest": text}}}
    scores = [row.model_copy(update={"method": text, "view": text}) for row in record.found.scores[:6]]
    return make_record(
        asked={**record.asked, "attribute": text},
        used=used,
        found=record.found.model_copy(update={"scores": [*record.found.scores, *scores]}),
        predictions_digest=record.predictions_digest,
        spent={text: text},
        where={"command": text, "distributions": {"backbone": text}},
    )


def _card(text):
    return {
        "name": text, "pretrained_on": text, "licence": text, "paper": f"javascript:window.hacked=1//{text}",
        "weights": {"repo": text}, "corpora": [text], "layers": [{"name": text}], "sample_rate": text,
    }  # fmt: skip


def browser_path():
    """The browser of this machine, or None."""
    named = os.environ.get("EMOBENCH_BROWSER")
    return named or next((path for path in map(shutil.which, BROWSERS) if path), None)


@contextmanager
def opened_browser():
    """A headless Chromium; skips where there is none."""
    path = browser_path()
    if path is None:
        pytest.skip(f"no browser: looked for {', '.join(BROWSERS)} in PATH, and for EMOBENCH_BROWSER")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, and what it said and asked for."""

    page: object
    said: list = field(default_factory=list)
    asked: list = field(default_factory=list)


@contextmanager
def watched(browser, folder, **options):
    """A page that hears everything; when it ends, nothing was said and nothing outside ``folder`` was asked for."""
    context = browser.new_context(**options)
    seen = Watched(context.new_page())
    seen.page.on("console", lambda message: seen.said.append(f"{message.type}: {message.text}"))
    seen.page.on("pageerror", lambda problem: seen.said.append(str(problem)))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    yield seen
    assert not seen.said, seen.said
    here = folder.resolve().as_uri() + "/"
    assert [url for url in seen.asked if not url.startswith((here, "data:", f"blob:{here}"))] == []
    context.close()
