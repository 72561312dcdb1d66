"""Where does everything on the site lie? Names that any file system takes, one for one, seen from any page."""

import hashlib
import re
from pathlib import Path, PurePosixPath

from emobench.domain.record import Record
from emobench.pages.written import address

LONGEST = 60
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # names that Windows keeps for itself
PLAIN = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
INDEX = "index.html"
UP = "../"  # from a page in a folder to the site


def slug(name: str) -> str:
    """A name as the name of a file: plain ones as they are, all others with a digest, so that no two are alike."""
    if len(name) <= LONGEST and PLAIN.fullmatch(name) and not RESERVED.fullmatch(name):
        return name
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST].strip("-")
    return f"{readable or 'named'}--{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


def board_page(board: Path) -> str:
    """The page of the board in a folder."""
    return f"boards/{slug(board.name)}.html"


def backbone_page(backbone: str) -> str:
    """The page of a backbone."""
    return f"backbones/{slug(backbone)}.html"


def anchor(board: Path, record: Record) -> str:
    """What the section of a record is called on the page of its backbone."""
    return f"{slug(board.name)}-{record.key[:12]}"


def record_address(board: Path, record: Record) -> str:
    """The section of a record, seen from the site's root."""
    return f"{address(backbone_page(str(record.asked['backbone'])))}#{anchor(board, record)}"


def file_place(board: Path, path: Path) -> PurePosixPath:
    """Where a file of a board is copied to.

    Raises:
        ValueError: it lies elsewhere.
    """
    return PurePosixPath("files", slug(board.name), path.relative_to(board).as_posix())
