"""What is around every page? Head, landmarks, style and scripts: linked on the site, inside it in a lone file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emobench.pages.assets_of_pages import SCRIPTS, STYLE, VEGA, Asset, assets
from emobench.pages.chart import Chart
from emobench.pages.written import address, data_block, lines, outside, plain_word, prose, word

TEMPLATES = Path(__file__).parent / "templates"
# 'self' is nothing on a page from the disk in some browsers; file: is nothing on a page from a server.
HERE = ("'self'", "file:")


@dataclass
class _Drawn:
    """The charts of one page: whether it needs Vega is known at its end."""

    ids: set[str] = field(default_factory=set)

    def chart(self, chart: Chart, level: int = 3) -> Markup:
        if chart.id in self.ids:
            raise ValueError(f"two charts on one page are called '{chart.id}'")
        self.ids.add(chart.id)
        macros: Any = _environment().get_template("chart.html.jinja").module
        drawn: Markup = macros.drawn(chart, level)
        return drawn


def page(template: str, *, title: str, inline: bool, root: str = "", **values: object) -> str:
    """A page from a template that extends ``base.html.jinja`` and fills its block ``main``.

    Templates escape everything. They may call ``chart(Chart(...), level=3)`` and use the filters ``word`` (a text from
    a record), ``plain_word`` (one in an attribute), ``lines`` (a long one), ``prose`` (of a board), ``outside`` (an
    address out of a record), ``address`` (a relative path) and ``data_block``.

    Args:
        template: its name in ``emobench/pages/templates``.
        title: of the window.
        inline: style, scripts and Vega stand in the page, which needs no other file; else they are linked.
        root: where ``assets/`` lies, seen from the page: empty, or ``../``.
        values: what the template asks for. One that is missing is an error.
    """
    drawn, own = _Drawn(), assets()
    text = (
        _environment()
        .get_template(template)
        .render(
            title=plain_word(title),
            inline=inline,
            root=root,
            policy=_policy(own, inline=inline),
            style=own[STYLE].text,
            scripts={name: own[name].text for name in (VEGA, *SCRIPTS)},
            vega=VEGA,
            drawn=drawn,
            chart=drawn.chart,
            **values,
        )
    )
    return text.encode("utf-8", "backslashreplace").decode()


def _policy(own: Mapping[str, Asset], *, inline: bool) -> str:
    """What the browser may load: nothing but what is ours. Charts are drawn without ``eval``."""
    here = " ".join(HERE)
    script = " ".join(own[name].allowed for name in (VEGA, *SCRIPTS)) if inline else here
    style = own[STYLE].allowed if inline else here
    image = "data:" if inline else f"{here} data:"
    return "; ".join(
        (
            "default-src 'none'",
            f"img-src {image}",
            f"style-src {style}",
            f"script-src {script}",
            "connect-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
        )
    )


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters.update(
        word=word,
        plain_word=plain_word,
        lines=lines,
        prose=prose,
        outside=outside,
        address=address,
        data_block=data_block,
    )
    return made
