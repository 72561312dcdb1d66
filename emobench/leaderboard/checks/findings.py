"""What can be wrong with a record, by name, and how is a finding told in one line?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Every check has one name; docs/validation.md says the same, and a test holds the two together.
RULES: Mapping[str, str] = {
    "files": "the files beside a record are those of its task, none is a link, too large, or another's",
    "json": "strict JSON in UTF-8: no NaN, no name twice in one object, no depth or number without end",
    "form": "every field has its type and its bounds, none is unknown, floats have six significant digits",
    "text": "no absolute path, person, host, address, markup, control character or direction mark in any text",
    "key": "the key is the digest of what was asked and used",
    "found_digest": "the digest of what was found fits it",
    "predictions_digest": "the digest of the table beside the record fits it",
    "table": "the table has the columns, types, sets and rows of its task, each row once",
    "scores": "headline, scores, intervals and p-values are those of the table",
    "choices": "choices are those that development people make in the table, and strengths tested are those chosen",
    "notes": "notes are those that follow from the table",
    "identity": "clips, labels, groups and folds of the table have the identity told, and the board knows it",
    "clips": "as many clips as told, and as the corpus has",
    "split": "the digest of the split is that of the folds",
    "people": "nobody is in two folds, in a pair nobody in different folds of both; people of the table are those told",
    "protocol": "name and version of the protocol and its stages are known",
    "names": "backbone, datasets and attribute are the same in what was asked and what was used",
    "place": "folder and file are task, backbone and the first twelve digits of the key",
    "admission": "the board takes such a record",
    "pictures": "pictures are plain SVG: no script, no link to elsewhere, no text that a record may not have",
    "doubles": "no result stands twice",
}

# What a record says that nobody can compute again from the files beside it.
NOT_RECOMPUTED: Mapping[str, str] = {
    "spent": "seconds, memory, numbers of parameters",
    "where": "versions, platform, device, command",
    "used.backbone": "card, weights digest and layers are as told: the model is not loaded",
    "used.dataset.audio": "kind, rates, channels and digest of the audio, and how many seconds it lasts",
    "used.groups.sex": "the sexes of people, on which by-sex rows rest",
    "used.excluded": "clips excluded, and clips dropped from a pair",
    "used.methods": "options, versions and numbers of trainable weights of PEFT methods",
    "used.assumed": "what the method assumes, in words",
    "predictions": "that a model said what the table says; `emobench run RECORD.json` measures again",
    "notes on gradients": "weights that got no gradient",
    "fad_bias: matrices": "matrices of distances, and with them the labels and the identity of single clips",
    "pictures": "what they show",
}
LONGEST = 400  # characters of a finding


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        rule: a name in `RULES`.
        path: of the file that it is about.
        what: found and expected, in a line; as it was found, so only `shown` text may be printed.
    """

    rule: str
    path: Path
    what: str

    def line(self) -> str:
        """``file: rule: what``, safe to print."""
        return f"{shown(str(self.path))}: {self.rule}: {shown(self.what)}"


def shown(text: str) -> str:
    """Text on one line, cut where it is long; what cannot be printed, or would change direction, as an escape."""
    cut = text if len(text) <= LONGEST else text[:LONGEST] + f"... ({len(text)} characters)"
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in cut)
