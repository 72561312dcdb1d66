"""Are two records about the same question on the same data? Why they are not, in words; an empty text when they are."""

from collections.abc import Iterator, Mapping
from typing import Any

from emobench.domain.options import SCOPES
from emobench.domain.record import Record
from emobench.leaderboard.data_used import datasets_used

ONLY_NAMED = "attributes"  # an option that chooses a record, and stands in it as its attribute


def one_run(first: Record, second: Record) -> bool:
    """Whether two records sum up the same units: the seconds of what was measured anew never repeat in all digits."""
    return first.spent == second.spent


def on_other_data(first: Record, second: Record) -> str:
    """Why two records are not about the same task, protocol, label space, clips and folds; the first reason."""
    return next(_reasons(first, second), "")


def _reasons(first: Record, second: Record) -> Iterator[str]:
    """Every later one takes for granted that those before it do not hold."""
    tasks = [record.asked["task"] for record in (first, second)]
    if tasks[0] != tasks[1]:
        yield f"they are of the tasks {tasks[0]} and {tasks[1]}"
    one, other = first.used["protocol"], second.used["protocol"]
    if (one["name"], one["version"]) != (other["name"], other["version"]):
        yield f"they follow versions {one['version']} and {other['version']} of the protocol {one['name']}"
    names = [list(datasets_used(record)) for record in (first, second)]
    if names[0] != names[1]:
        yield f"they are about {' and '.join(names[0])}, and about {' and '.join(names[1])}"
    if first.asked["attribute"] != second.asked["attribute"]:
        yield f"one is about {first.asked['attribute']}, the other about {second.asked['attribute']}"
    for name, here in datasets_used(first).items():
        there = datasets_used(second)[name]
        if here["identity"] != there["identity"]:
            yield f"they were measured on different clips, labels, people or folds of {name}: {_apart(here, there)}"
    if first.used["attribute"] != second.used["attribute"]:
        yield f"they know {first.asked['attribute']} under different labels or ranges"
    splits = [record.used.get("split", {}) for record in (first, second)]
    if splits[0].get("digest") != splits[1].get("digest"):
        yield f"their folds differ: {splits[0].get('folds')} and {splits[1].get('folds')}"


def _apart(here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    """How two selections of one dataset differ, as far as records tell."""
    told = []
    if here["clips"] != there["clips"]:
        told.append(f"{here['clips']} and {there['clips']} clips")
    if here["groups"].keys() != there["groups"].keys():
        told.append(f"{len(here['groups'])} and {len(there['groups'])} people")
    else:
        folds = [{name: facts.get("fold") for name, facts in side["groups"].items()} for side in (here, there)]
        told += ["other people in a fold"] if folds[0] != folds[1] else []
    if not told:
        told.append(f"identities {here['identity'][:12]} and {there['identity'][:12]}")
    return "; ".join(told)


def asked_otherwise(first: Record, second: Record) -> list[str]:
    """What was asked differently, apart from the backbone: ``name: here, there``; defaults count as asked."""
    sides = [dict(_asked(record)) for record in (first, second)]
    names = dict.fromkeys((*sides[0], *sides[1]))
    return [
        f"{name}: {_said(sides[0].get(name))}, {_said(sides[1].get(name))}"
        for name in names
        if sides[0].get(name) != sides[1].get(name)
    ]


def _asked(record: Record) -> Iterator[tuple[str, Any]]:
    asked = record.asked
    for name in ("precision", "seeds", "folds", "limit"):
        yield name, asked.get(name)
    yield "methods", sorted(asked.get("peft", ()))
    usual = {scope: model().model_dump(mode="json") for scope, model in SCOPES.items()}
    for scope, options in asked["options"].items():
        for name, value in {**usual.get(scope, {}), **options}.items():
            if name != ONLY_NAMED and value != usual.get(scope, {}).get(name):
                yield f"{scope}.{name}", value


def _said(value: object) -> str:
    return "as usual" if value is None else str(value)


def made_otherwise(first: Record, second: Record) -> list[str]:
    """With what else the same question was answered: weights, code, versions, audio, methods left out.

    Numbers may differ for each of these reasons, and both be right.
    """
    told = [] if first.asked["backbone"] == second.asked["backbone"] else ["backbone"]
    models = [record.used["backbone"] for record in (first, second)]
    one, other = (dict(model.get("identity", {})) for model in models)
    told += [] if one.pop("plugin", None) == other.pop("plugin", None) else ["code of the plugin"]
    told += [] if one == other else ["weights"]
    versions = [model["card"].get("version") for model in models]
    told += [] if versions[0] == versions[1] else ["version of the plugin"]
    stages = [record.used["protocol"].get("stages") for record in (first, second)]
    told += [] if stages[0] == stages[1] else ["versions of the stages"]
    methods = [sorted(record.used.get("methods", ())) for record in (first, second)]
    told += [] if methods[0] == methods[1] else ["methods that were trained"]
    return told + (["audio"] if other_audio(first, second) else [])


def other_audio(first: Record, second: Record) -> list[str]:
    """The datasets whose audio was not the same, with what each had: official and derived copies, say."""
    found = []
    for name, here in datasets_used(first).items():
        one, other = here.get("audio", {}), datasets_used(second).get(name, {}).get("audio", {})
        if one != other:
            found.append(f"{name}: {_audio(one)}, {_audio(other)}")
    return found


def _audio(audio: Mapping[str, Any]) -> str:
    rates = "/".join(str(rate) for rate in audio.get("rates_hz", ()))
    return f"{audio.get('kind')}{f' at {rates} Hz' if rates else ''} (digest {str(audio.get('digest'))[:12]})"
