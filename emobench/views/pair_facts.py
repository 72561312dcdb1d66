"""What is there to say of any record of a pair? Whether it is a control, its audio, and which clips dropped out."""

from emobench.domain.record import Record


def is_control(record: Record) -> bool:
    """Whether a backbone is there to show what needs no model of emotion."""
    name = str(record.asked["backbone"])
    return name == "level-duration" or name.endswith("@random") or bool(record.used["backbone"]["card"].get("random"))


def audio_kind(record: Record) -> str:
    """What kind of copy the audio is; both where the two datasets differ."""
    data = record.used["datasets"]
    return " and ".join(dict.fromkeys(str(data[name]["audio"]["kind"]) for name in record.asked["datasets"]))


def identities(record: Record) -> tuple[str, ...]:
    """The identities of both datasets: records may be laid side by side where these are equal."""
    return tuple(str(record.used["datasets"][name]["identity"]) for name in record.asked["datasets"])


def dropped_notes(record: Record) -> list[str]:
    """A note for each dataset whose clips have no place in the pair."""
    return [
        f"note: {dataset}: dropped " + ", ".join(_dropped(label, count) for label, count in sorted(counts.items()))
        for dataset, counts in record.used["pair"]["dropped"].items()
        if counts
    ]


def _dropped(label: str, clips: int) -> str:
    return f"{clips} clips of people whom only one dataset has" if label == "people" else f"{clips} clips '{label}'"
