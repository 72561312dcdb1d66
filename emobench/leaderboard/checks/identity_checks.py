"""Are the data of a record those that it names: clips, labels, people and folds?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from emobench.domain.canonical import digest_of_json
from emobench.domain.cards import Attribute
from emobench.domain.record import Record
from emobench.leaderboard.board import Board
from emobench.leaderboard.recomputing import Told
from emobench.tasks.emotion_distances import EmotionDistances
from emobench.tasks.predictions import Predictions

Problem = tuple[str, str]  # rule, line
Facts = tuple[str, str, Any, int]  # clip, person, label, fold


def identity_problems(record: Record, told: Told, board: Board | None) -> list[Problem]:
    """Whether clips, labels, people and folds of a table are those of its record, and of the board.

    Args:
        record: of the form of its task.
        told: by its table.
        board: on which it would stand, if on any.
    """
    found = list(_known(record, board))
    for name, data in datasets_of(record).items():
        found += _counts(record, name, data)
        if isinstance(told, EmotionDistances):
            found += _clips_in_matrices(told, name, data)
        else:
            found += _identity(record, name, data, _clips(told, name))
    return [*found, *_split(record), *_people_of_pair(record)]


def datasets_of(record: Record) -> dict[str, Any]:
    """Name -> what was used of it, in the order asked."""
    if "dataset" in record.used:
        return {str(record.asked["dataset"]): record.used["dataset"]}
    return {str(name): record.used["datasets"][name] for name in record.asked["datasets"]}


def question(record: Record) -> str:
    """``dataset/attribute`` or ``first+second/attribute``, as boards list identities."""
    return f"{'+'.join(datasets_of(record))}/{record.asked['attribute']}"


def _known(record: Record, board: Board | None) -> Iterator[Problem]:
    """Whether the board knows the identities of the data."""
    known = {} if board is None else board.identities
    mine = [data["identity"] for data in datasets_of(record).values()]
    about = question(record)
    if about in known and any(identity not in known[about] for identity in mine):
        expected = ", ".join(identity[:12] for identity in known[about])
        found = ", ".join(identity[:12] for identity in mine)
        yield "identity", f"identities of {about} are {found}, the board takes {expected}"


def _clips(told: Any, name: str) -> list[Facts]:
    side = told if isinstance(told, Predictions) else told.side(name)
    attribute: Attribute = told.attribute
    labels = [attribute.classes[value] if attribute.classes else _as_told(value) for value in side.truth]
    return list(zip(side.clips, side.groups, labels, side.fold.tolist(), strict=True))


def _as_told(value: np.float32) -> float:
    """The shortest number that a table would hold so: labels have no more digits than a float32."""
    return float(str(value))


def _identity(record: Record, name: str, data: Mapping[str, Any], clips: Sequence[Facts]) -> Iterator[Problem]:
    people = {person for _, person, _, _ in clips}
    if people != set(data["groups"]):
        yield "people", f"{name}: the table has {len(people)} people, told are {len(data['groups'])}, or they differ"
    if len(clips) != data["clips"]:
        yield "clips", f"{name}: the table has {len(clips)} clips, told are {data['clips']}"
    own = own_names(record, name)
    rows = [[clip, label, own.get(person, person), fold] for clip, person, label, fold in sorted(clips)]
    known, found = digest_of_json(rows), data["identity"]
    if found != known and found != digest_of_json([[clip, _whole(label), *rest] for clip, label, *rest in rows]):
        yield "identity", f"{name}: identity is {found[:12]}, its clips, labels, people and folds give {known[:12]}"


def _whole(label: Any) -> Any:
    """A label as an integer where it is one: a corpus may count in whole numbers."""
    return int(label) if isinstance(label, float) and label.is_integer() else label


def own_names(record: Record, name: str) -> dict[str, str]:
    """What people are called in a pair -> in their dataset; there they are ``dataset: person`` unless shared."""
    groups = datasets_of(record)[name]["groups"]
    shared = len({data["card"]["people"] for data in datasets_of(record).values()}) == 1
    return {person: person if shared else person.removeprefix(f"{name}: ") for person in groups}


def _clips_in_matrices(told: EmotionDistances, name: str, data: Mapping[str, Any]) -> Iterator[Problem]:
    counts = told.clips_of[told.datasets.index(name)]
    people = {person for person, row in zip(told.people, counts, strict=True) if row.sum() > 0}
    if people != set(data["groups"]) or (counts < 0).any():
        found = f"{len(people)} people, told are {len(data['groups'])}, or they differ"
        yield "people", f"{name}: the matrices have {found}"
    if counts.sum() != data["clips"]:
        yield "clips", f"{name}: the matrices have {counts.sum()} clips, told are {data['clips']}"


def _counts(record: Record, name: str, data: Mapping[str, Any]) -> Iterator[Problem]:
    if record.asked["limit"] is not None:
        return
    dropped = record.used["pair"]["dropped"].get(name, {}) if "pair" in record.used else {}
    expected = data["card"]["expected_clips"] - sum(dropped.values()) - len(data["excluded"])
    if data["clips"] != expected:
        why = f"{data['card']['expected_clips']} of the card less {len(data['excluded'])} excluded"
        why += f" and {sum(dropped.values())} dropped" if dropped else ""
        yield "clips", f"{name}: {data['clips']} clips, expected {expected}: {why}"
    if len(set(data["excluded"])) != len(data["excluded"]):
        yield "clips", f"{name}: a clip is excluded twice"


def _split(record: Record) -> Iterator[Problem]:
    """The digest of folds, and how many there are."""
    if "split" not in record.used:
        return
    told = record.used["split"]
    folds = [
        {own_names(record, name)[person]: facts["fold"] for person, facts in data["groups"].items()}
        for name, data in datasets_of(record).items()
    ]
    digests = [digest_of_json({"folds": fold_of}) for fold_of in folds]
    again = digests[0] if len(digests) == 1 else digest_of_json(digests)
    if again != told["digest"]:
        yield "split", f"the digest is {told['digest'][:12]}, that of the folds is {again[:12]}"
    for fold_of in folds:
        if set(fold_of.values()) != set(range(told["folds"])):
            yield "split", f"people are in folds {sorted(set(fold_of.values()))}, told are {told['folds']} folds"


def _people_of_pair(record: Record) -> Iterator[Problem]:
    if "pair" not in record.used:
        return
    first, second = (data["groups"] for data in datasets_of(record).values())
    common = first.keys() & second.keys()
    if len(common) != record.used["pair"]["common_people"]:
        told = record.used["pair"]["common_people"]
        yield "people", f"{told} common people are told, {len(common)} are named in both"
    torn = sorted(name for name in common if first[name].get("fold") != second[name].get("fold"))
    if torn:
        where = first[torn[0]]["fold"], second[torn[0]]["fold"]
        yield "people", f"'{torn[0]}' is in fold {where[0]} of one dataset and {where[1]} of the other"
