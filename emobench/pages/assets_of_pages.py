"""What do pages bring along? One style, three scripts of our own, and Vega; as files, or inside the page."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from emobench.pages.vega_script import vega_script

FOLDER = Path(__file__).parent / "assets"
STYLE = "style.css"
VEGA = "vega.js"
SCRIPTS = ("table.js", "charts.js", "overlay.js")


@dataclass(frozen=True)
class Asset:
    """One file: its name, its text, and the digest by which a page's policy lets it in."""

    name: str
    text: str

    @property
    def allowed(self) -> str:
        """As in a Content-Security-Policy."""
        return f"'sha256-{base64.b64encode(hashlib.sha256(self.text.encode()).digest()).decode()}'"


@cache
def assets() -> Mapping[str, Asset]:
    """All of them by name; the same bytes every time, for one version of vl-convert.

    Vega, Vega-Lite and Vega-Embed come as one classic script out of vl-convert-python (BSD-3, Kruchten et al.).
    """
    own = {name: (FOLDER / name).read_text("utf-8") for name in (STYLE, *SCRIPTS)}
    return {name: Asset(name, text) for name, text in ({**own, VEGA: vega_script()}).items()}
