"""What stands on the page of laws? `python tests/laws_page.py` writes it from the laws, and words for each."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from law_words import BACKBONE, DATASET, PEFT, PLUGIN, Words

from emobench.testing.backbone_laws import BACKBONE_LAWS
from emobench.testing.dataset_laws import DATASET_LAWS
from emobench.testing.laws import Law, expected_of, name_of
from emobench.testing.peft_laws import PEFT_LAWS
from emobench.testing.plugin_laws import PLUGIN_LAWS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "laws.md"
KINDS: Sequence[tuple[str, tuple[Law, ...], Words]] = (
    ("Every plugin", PLUGIN_LAWS, PLUGIN),
    ("Backbones", BACKBONE_LAWS, BACKBONE),
    ("Datasets", DATASET_LAWS, DATASET),
    ("PEFT methods", PEFT_LAWS, PEFT),
)
HEAD = """# Laws

What holds for every plugin, the built-in ones too. `emobench check` asks them, a line each, and ends with
[exit code 4](exit_codes.md) when one is broken; `pytest --emobench=NAME` asks each as a test of its own. A law that does
not apply is not asked, and says why.

```console
$ emobench check logmel
$ emobench check logmel --law batch_mates
```

The laws write this page (`python tests/laws_page.py`), and a test holds it fresh.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(part for kind, laws, words in KINDS for part in _kind(kind, laws, words))])


def _kind(kind: str, laws: tuple[Law, ...], words: Words) -> Iterator[str]:
    yield f"## {kind}\n"
    for law in laws:
        breaks, mend = words[name_of(law)]
        yield f"### `{name_of(law)}`\n\n{expected_of(law)}\n\n*Usually broken by* {breaks}. *Then* {mend}.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
