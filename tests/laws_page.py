"""What stands on the page of laws? `python tests/laws_page.py` writes the laws anew, words about them as they stand."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emobench.testing.backbone.laws import BACKBONE_LAWS
from emobench.testing.dataset.laws import DATASET_LAWS
from emobench.testing.laws import Law, expected_of, name_of
from emobench.testing.peft.laws import PEFT_LAWS
from emobench.testing.plugin.laws import PLUGIN_LAWS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "laws.md"
KINDS: Sequence[tuple[str, tuple[Law, ...]]] = (
    ("Every plugin", PLUGIN_LAWS),
    ("Backbones", BACKBONE_LAWS),
    ("Datasets", DATASET_LAWS),
    ("PEFT methods", PEFT_LAWS),
)
WORDS = re.compile(r"^\*Usually broken by\* .+\. \*Then\* .+\.$", re.MULTILINE)
HEAD = """# Laws

What holds for every plugin, the built-in ones too. `emobench check` asks them, a line each, and ends with
[exit code 4](exit_codes.md) when one is broken; `pytest --emobench=NAME` asks each as a test of its own. A law that
does not apply is not asked, and says why.

```console
$ emobench check logmel
$ emobench check logmel --law batch_mates
```

A test holds the page against the laws; `python tests/laws_page.py` brings what they expect up to date.
"""


def page() -> str:
    """The whole page; a law without words about what breaks it stands without them."""
    return "\n".join([HEAD, *(part for kind, laws in KINDS for part in _kind(kind, laws, words_on_the_page()))])


def words_on_the_page() -> Mapping[tuple[str, str], str]:
    """What the page says of every law, by kind and law: what usually breaks it, and what to do then."""
    found = {}
    for section in re.split(r"(?m)^## ", PAGE.read_text("utf-8"))[1:]:
        kind = section.partition("\n")[0]
        for part in section.split("\n### `")[1:]:
            if words := WORDS.search(part):
                found[kind, part.partition("`")[0]] = words[0]
    return found


def _kind(kind: str, laws: tuple[Law, ...], words: Mapping[tuple[str, str], str]) -> Iterator[str]:
    yield f"## {kind}\n"
    for law in laws:
        said = words.get((kind, name_of(law)), "")
        yield f"### `{name_of(law)}`\n\n{expected_of(law)}\n" + (f"\n{said}\n" if said else "")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
