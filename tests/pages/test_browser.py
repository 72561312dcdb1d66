"""Does the site do in a browser what it promises? Sorted, filtered, overlaid and opened from the disk alone."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from board_toys import BOARDS
from record_toys import pair_record
from site_toys import HOSTILE, LONG, hostile_record, opened_browser, shown_board, table_of, watched

from emobench.leaderboard.board import board_folders
from emobench.leaderboard.board_tables import read_boards
from emobench.pages.report import report_page
from emobench.pages.report_entries import Entry
from emobench.pages.site import site_files, write_site
from emobench.pages.site_folder import fill

DRAWN = "figure.chart.drawn"


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("site") / "of boards"
    write_site(read_boards(board_folders(BOARDS)), folder)
    return folder


def column(page, title):
    """What stands in a column of the first table, from above, without rows that are hidden."""
    return page.evaluate(
        """title => {
          const table = document.querySelector("table.sortable");
          const place = [...table.tHead.rows[0].cells].findIndex((head) => head.textContent.trim() === title);
          return [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.cells[place].dataset.value
            ?? row.cells[place].textContent.trim());
        }""",
        title,
    )


def open_board(seen, site, name="layerwise"):
    seen.page.goto((site / "boards" / f"{name}.html").as_uri())
    seen.page.wait_for_selector(DRAWN)
    return seen.page


def test_a_click_on_a_heading_sorts_and_the_third_one_brings_the_first_order_back(site, browser):
    """Numbers sort as numbers, the largest first, then the smallest, cells without one always last."""
    with watched(browser, site) as seen:
        page = open_board(seen, site)
        first = column(page, "UAR")
        head = page.locator("table.sortable").first.get_by_role("button", name="UAR")
        head.click()
        falling = column(page, "UAR")
        assert falling == sorted(first, key=float, reverse=True)
        head.click()
        assert column(page, "UAR") == falling[::-1]
        assert page.locator("th[aria-sort=ascending]").count() == 1
        head.click()
        assert column(page, "UAR") == first
        page.locator("table.sortable").first.get_by_role("button", name="weighted sum").click()
        found = column(page, "weighted sum")
        known = [value for value in found if value]
        assert found[: len(known)] == sorted(known, key=float, reverse=True)
        assert len(known) < len(found)


def test_the_keyboard_sorts_too(site, browser):
    """A heading is reached by Tab, sorts by Enter, and says how it is sorted."""
    with watched(browser, site) as seen:
        page = open_board(seen, site)
        button = page.locator("table.sortable").first.get_by_role("button", name="backbone")
        for _ in range(60):
            page.keyboard.press("Tab")
            if button.evaluate("one => one === document.activeElement"):
                break
        page.keyboard.press("Enter")
        names = column(page, "backbone")
        assert names == sorted(names)
        assert button.locator("..").get_attribute("aria-sort") == "ascending"
        assert "ascending" in page.locator(".said").first.inner_text()


def test_a_filter_leaves_the_rows_that_hold_its_words(site, browser):
    """Typing narrows the rows and says how many are left; nothing typed shows all."""
    with watched(browser, site) as seen:
        page = open_board(seen, site)
        everything = column(page, "backbone")
        box = page.get_by_label("Filter rows").first
        box.fill("BYOL control")
        left = column(page, "backbone")
        assert left == [name for name in everything if "byol" in name and "control" in name]
        assert page.locator(".said").first.inner_text() == f"{len(left)} of {len(everything)} rows."
        box.fill("")
        assert column(page, "backbone") == everything


def test_parts_of_a_wide_table_are_a_checkbox_away(site, browser):
    """Columns beside the main part are hidden until they are asked for."""
    with watched(browser, site) as seen:
        page = open_board(seen, site)
        head = page.locator("table.sortable").first.locator("th", has_text="licence of the model")
        assert not head.is_visible()
        page.get_by_label("What was used").first.check()
        assert head.is_visible()


def test_two_curves_are_laid_over_each_other(site, browser):
    """Exactly the chosen backbones are drawn, against depth or against the place of a layer, by the keyboard too."""
    with watched(browser, site) as seen:
        page = open_board(seen, site)
        figure = page.locator("figure.overlay").first
        boxes = figure.locator(".names input")
        for box in boxes.all():
            box.uncheck()
        names = [label.inner_text().strip() for label in figure.locator(".names label").all()]
        figure.get_by_label(names[0], exact=True).check()
        boxes.nth(1).focus()
        page.keyboard.press("Space")
        figure.locator(".role-legend-label text").nth(1).wait_for()
        drawn = figure.locator(".role-legend-label text").all_text_contents()
        assert sorted(drawn) == sorted(name.removesuffix(" (control)") for name in names[:2])
        assert figure.locator(".mark-line path").count() == 2
        figure.get_by_label("layer, by its place").check()
        figure.get_by_text("layer, by its place", exact=True).locator("visible=true").first.wait_for()


def test_a_record_and_its_files_open_from_the_disk(site, browser):
    """From a table one comes to the backbone's page, at its record, and from there to files that exist."""
    with watched(browser, site) as seen:
        page = open_board(seen, site)
        page.locator("table.sortable tbody th a").first.click()
        page.wait_for_load_state()
        assert "/backbones/" in page.url
        record = page.locator(f"[id='{urlsplit(page.url).fragment}']")
        assert record.get_by_role("heading").first.is_visible()
        for link in record.locator(".downloads a").all():
            assert Path(unquote(urlsplit(link.evaluate("one => one.href")).path)).stat().st_size > 0
        with page.expect_download() as coming:
            record.get_by_role("link", name="Parquet").click()
        assert Path(coming.value.path()).read_bytes() in {path.read_bytes() for path in site.glob("files/**/*.parquet")}
        record.locator("summary", has_text="Scores").click()
        record.locator("table.sortable").get_by_role("button", name="value").click()
        assert all(image.evaluate("one => one.naturalWidth > 0") for image in record.locator("img").all())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(site, browser, scheme):
    """At 390 pixels no page scrolls sideways, in light and dark, and every chart is drawn."""
    options = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme, "is_mobile": True, "has_touch": True}
    pages = [site / "index.html", *sorted(site.glob("b*/*.html"))]
    for path in pages:
        with watched(browser, site, **options) as seen:
            seen.page.goto(path.as_uri())
            for figure in seen.page.locator("figure.chart").all():
                figure.locator(".drawing svg").wait_for()
            assert seen.page.evaluate("document.documentElement.scrollWidth") == 390, path.name
            assert seen.page.locator(".problem").count() == 0
            ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}[scheme]


@pytest.mark.parametrize(("scheme", "ink"), [("light", "rgb(0, 114, 178)"), ("dark", "rgb(86, 180, 233)")])
def test_series_of_a_report_are_chosen_by_the_keyboard_and_follow_the_scheme(tmp_path, browser, scheme, ink):
    """Space on the box of a series hides its points and no others; inks are those of the scheme."""
    record = pair_record()
    (tmp_path / "report.html").write_text(report_page([Entry(tmp_path / "toy.json", record)]), "utf-8")
    with watched(browser, tmp_path, color_scheme=scheme) as seen:
        seen.page.goto((tmp_path / "report.html").as_uri())
        figure = seen.page.locator("figure.chart.drawn", has_text="direct aligned").first
        points = figure.locator(".mark-symbol.role-mark path")
        before = points.count()
        fills = points.evaluate_all("all => all.map(one => getComputedStyle(one).fill)")
        assert fills.count(ink) == before / 4
        figure.get_by_label("two stage", exact=True).focus()
        seen.page.keyboard.press("Space")
        seen.page.wait_for_function(
            "([one, n]) => one.querySelectorAll('.mark-symbol.role-mark path').length < n",
            arg=[figure.element_handle(), before],
        )
        fills = points.evaluate_all("all => all.map(one => getComputedStyle(one).fill)")
        assert len(fills) == before * 3 / 4
        assert ink not in fills


@pytest.mark.parametrize("text", [HOSTILE, LONG], ids=["hostile", "long"])
def test_a_hostile_record_does_nothing(tmp_path, browser, text):
    """Markup, quotes, line ends and marks of direction in a record are read, not run, on every page that shows it."""
    shown = shown_board(tmp_path / text[:9].replace("/", ""), hostile_record(text), title=text, about=text)
    fill(tmp_path / "site", site_files([shown], table_of(title=text)))
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) == 3
    for path in pages:
        with watched(browser, tmp_path / "site", viewport={"width": 390, "height": 844}) as seen:
            seen.page.goto(path.as_uri())
            for figure in seen.page.locator("figure.chart").all():
                figure.locator(".drawing svg").wait_for()
            assert seen.page.evaluate("window.hacked") is None
            assert seen.page.locator("[onload], [onerror], [href^='javascript' i]").count() == 0
            assert "<script>window.hacked" in seen.page.inner_text("main")
            assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
