"""Where does the script come from that draws charts? Out of vl-convert, made once and kept below the home."""

import hashlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from emobench.domain.errors import StorageError
from emobench.files.atomic import write_bytes
from emobench.files.home import shelf

CALL = "window.vegaEmbed = vegaEmbed;"
STAGE = 1  # raised when what is made of the bundle changes


def vega_script() -> str:
    """Vega, Vega-Lite and Vega-Embed as one classic script, out of vl-convert-python (BSD-3, Kruchten et al.).

    Making it takes longer than the rest of a report: it is kept under the version of vl-convert, its digest before it.
    A kept one that does not fit its digest is made again; where nothing can be kept, it is made every time.
    """
    place = shelf("scripts") / f"vega-{version('vl-convert-python')}-{STAGE}.js"
    kept = _kept(place)
    if kept is not None:
        return kept
    made = _made()
    with suppress(StorageError):
        write_bytes(place, f"{_digest(made)}\n{made}".encode())
    return made


def _kept(place: Path) -> str | None:
    try:
        digest, _, script = place.read_bytes().decode().partition("\n")
    except (OSError, UnicodeError):
        return None
    return script if digest == _digest(script) else None


def _digest(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def _made() -> str:
    import vl_convert

    bundle: str = vl_convert.javascript_bundle(CALL)
    # Neither of these may stand inside an HTML script element; in JavaScript both spellings are the same string.
    return bundle.replace("</script", "<\\/script").replace("<!--", "\\x3c!--")
