"""Which fenced blocks do the pages have, and which commands stand in them?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("console", "python", "toml", "json", "csv", "text")
OPENING = re.compile(r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\s*$")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, the file it is (by its title), and its text."""

    page: str
    line: int
    heading: str
    language: str
    title: str
    text: str

    @property
    def place(self) -> str:
        """Page and line, as an editor takes them."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command of a block, on one line and without its remark; what the page shows below it."""

    place: str
    line: str
    shown: str


def pages() -> list[str]:
    """Every page whose blocks are tried, below the repository."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), *ROOT.glob("plugins/*/README.md")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def blocks_of(page: str) -> list[Block]:
    """The fenced blocks of a page, in order.

    Raises:
        AssertionError: a fence that is not closed, or is written in another way than the rest.
    """
    found, inside, heading = [], None, ""
    for number, line in enumerate((ROOT / page).read_text("utf-8").splitlines(), 1):
        if inside is None and (line.lstrip().startswith("```") or line.startswith("~~~")):
            inside = OPENING.match(line)
            assert inside, f"{page}:{number}: a fence of another form: {line}"
            start, text = number, []
        elif inside is not None and line == "```":
            block = Block(page, start, heading, inside["language"], inside["title"] or "", "\n".join(text) + "\n")
            assert block.language in LANGUAGES, f"{block.place}: a block of the language '{block.language}'"
            found.append(block)
            inside = None
        elif inside is not None:
            text.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    assert inside is None, f"{page}: the last fence is not closed"
    return found


def commands_of(block: Block) -> Iterator[Command]:
    r"""The commands of a console block: lines after ``$ ``, those after a ``\`` belong to them; the rest is shown."""
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        line, start = lines[at], at
        assert line.startswith("$ "), f"{block.page}:{block.line + 1 + at}: the block does not begin with a command"
        parts = [line.removeprefix("$ ")]
        while parts[-1].endswith("\\"):
            at += 1
            parts = [*parts[:-1], parts[-1].removesuffix("\\"), lines[at]]
        at += 1
        shown = []
        while at < len(lines) and not lines[at].startswith("$ "):
            shown.append(lines[at])
            at += 1
        whole = " ".join(" ".join(parts).split())
        yield Command(f"{block.page}:{block.line + 1 + start}", without_remark(whole), "\n".join(shown))


def without_remark(line: str) -> str:
    """A command without what a shell takes for a remark."""
    return re.sub(r"\s+#\s.*$", "", line)
