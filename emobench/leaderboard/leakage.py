"""Had a model met the people, or the corpus, that it was tested on? A verdict on every record, and its reason.

People are held apart by the folds, which the record names; whether the corpus was heard in pretraining only the
backbone's card can say. Nothing here looks at audio: who has not declared is not cleared.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from emobench.domain.record import Record

Verdict = Literal["unseen", "seen", "not declared", "untrained", "people overlap"]
UNSPLIT = ("fad_bias",)  # tasks that train nothing
SHOWN = 5


@dataclass(frozen=True)
class Leakage:
    """What is known of it.

    Attributes:
        verdict: ``unseen`` (declared, and the corpus is not among what was heard), ``seen``, ``not declared``,
            ``untrained`` (random or hand-made features), or ``people overlap``, which weighs more than the others.
        why: a sentence, or two.
    """

    verdict: Verdict
    why: str

    @property
    def clean(self) -> bool:
        """Whether nothing speaks against the score; what was not declared does not speak for it either."""
        return self.verdict in ("unseen", "untrained")


def leakage_of(record: Record) -> Leakage:
    """The verdict on a record, from what it says was used; fields that older records lack count as not declared."""
    overlap, apart = _people(record)
    if overlap:
        return Leakage("people overlap", overlap)
    verdict, why = _pretraining(record)
    return Leakage(verdict, f"{apart} {why}")


def _people(record: Record) -> tuple[str, str]:
    """Why people lie on both sides of a fold, empty when they do not; and the sentence that says they do not."""
    if record.used.get("protocol", {}).get("name") in UNSPLIT:
        return "", "Nothing is trained, so nobody can be in training and test."
    if record.used.get("split", {}).get("group_disjoint") is not True:
        return "The record does not say that no group is in training and test.", ""
    datasets = _datasets(record)
    for number, (name, first) in enumerate(datasets):
        for other, second in datasets[number + 1 :]:
            folds, others = _folds(first), _folds(second)
            astray = sorted(group for group in folds.keys() & others.keys() if folds[group] != others[group])
            if astray:
                more = f" and {len(astray) - SHOWN} more" if len(astray) > SHOWN else ""
                who = f"{', '.join(astray[:SHOWN])}{more}"
                return f"People of both {name} and {other} lie in different folds of the two: {who}.", ""
    return "", "Nobody is in training and test."


def _pretraining(record: Record) -> tuple[Verdict, str]:
    card = record.used.get("backbone", {}).get("card", {})
    corpora = card.get("corpora")
    if card.get("pretrained_on") == "nothing" or card.get("random") is True:
        return "untrained", "The features were not learned from any corpus."
    if corpora is None:
        return "not declared", "The backbone's card does not name the corpora that it was trained on."
    if not corpora:
        return "untrained", "The card says that the features were not learned from any corpus."
    heard = f"trained on {', '.join(map(str, corpora))}, as its card says"
    unnamed = []
    for name, dataset in _datasets(record):
        corpus = dataset.get("card", {}).get("corpus")
        if any(_within(known, str(one)) for known in (corpus, name) if known for one in corpora):
            return "seen", f"The backbone has heard {corpus or name}: {heard}."
        unnamed += [] if corpus else [name]
    if unnamed:
        return "not declared", f"The card of {' and of '.join(unnamed)} does not say which corpus it is part of."
    return "unseen", f"The backbone was {heard}."


def _within(corpus: str, declared: str) -> bool:
    """Whether the words of one name stand in the other: ``RAVDESS (speech)`` declares ``ravdess``."""
    first, second = (" ".join(re.findall(r"\w+", name.casefold())) for name in (corpus, declared))
    return bool(first) and f" {first} " in f" {second} "


def _datasets(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """The datasets of a record, one or a pair, by name."""
    used = record.used
    if "datasets" in used:
        return sorted(used["datasets"].items())
    return list(_alone(used.get("dataset", {})))


def _alone(dataset: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield str(dataset.get("card", {}).get("name", "the dataset")), dataset


def _folds(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Group -> fold."""
    return {group: facts.get("fold") for group, facts in dataset.get("groups", {}).items()}
