"""What does a record of `fad_bias` look like? Distances drawn at random, scored as a run scores them."""

from collections.abc import Mapping
from dataclasses import replace

from bias_toys import DATASETS, distances

from emobench.domain.options import SCOPES, TASK_SCOPES
from emobench.domain.record import Record, make_record
from emobench.tasks.fad_bias_scores import score

SIX = ("neutral", "calm", "happy", "sad", "angry", "fearful")


def bias_record(backbone="byol-s", *, names=DATASETS, notes=(), asked=None, used=None, **drawn) -> Record:
    """A record of one backbone; `drawn` is what `bias_toys.distances` takes, `names` are those of its two datasets.

    `asked` and `used` are laid over what stands there otherwise.
    """
    there = replace(distances(**{"people": 10, "emotions": SIX, **drawn}), datasets=tuple(names))
    return _sealed(backbone, there, score(there, notes), asked or {}, used or {})


def changed(record: Record, changes: Mapping[tuple[object, ...], Mapping[str, object]]) -> Record:
    """The record with other numbers: `changes` maps (metric, geometry, layer, class, class_b) to new fields."""
    rows = [
        row.model_copy(update=dict(changes.get((row.metric, row.geometry, row.layer, row.class_, row.class_b), {})))
        for row in record.found.scores
    ]
    return record.model_copy(update={"found": record.found.model_copy(update={"scores": rows})})


def _sealed(backbone, there, found, asked, used):
    """A record of what was found; asked and used as a run has them."""
    names, (own, common) = there.datasets, _people(there)
    return make_record(
        asked={
            "task": "fad_bias", "backbone": backbone, "datasets": list(names), "attribute": there.attribute.name,
            "folds": None, "limit": None, "precision": "fp32",
            "options": {scope: SCOPES[scope]().model_dump(mode="json") for scope in TASK_SCOPES["fad_bias"]}, **asked,
        },
        used={
            "backbone": {
                "card": {"name": backbone, "pretrained_on": "speech", "random": backbone.endswith("@random")},
                "layers": {"measured": len(there.layers), "of": len(there.layers)}, "identity": {"digest": "5" * 64},
            },
            "datasets": {
                name: {
                    "card": {"name": name, "domain": domain}, "identity": digit * 64, "clips": int(clips.sum()),
                    "groups": {person: {"sex": None} for person in people}, "audio": {"kind": "generated"},
                    "excluded": [],
                }
                for name, domain, digit, clips, people in zip(
                    names, ("speech", "music"), "ab", there.clips, own, strict=True
                )
            },
            "pair": {"labels": {}, "dropped": {names[0]: {"disgust": 192}, names[1]: {}}, "people": "shared",
                     "common_people": common, "too_few": {}},
            "attribute": there.attribute.model_dump(mode="json"),
            "protocol": {"name": "fad_bias", "version": 1, "stages": {}},
            "assumed": {},
            **used,
        },
        found=found, predictions_digest="0" * 64, spent={}, where={},
    )  # fmt: skip


def _people(there):
    """Who is in the first and who in the second dataset, and how many are in both."""
    own = [
        [name for name, counts in zip(there.people, side, strict=True) if counts.sum() > 0] for side in there.clips_of
    ]
    return own, len(set(own[0]) & set(own[1]))
