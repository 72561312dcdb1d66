"""Which laws does every plugin keep, whatever it offers, and which of them does this one break?"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emobench.catalog.families import HUB, RANDOM
from emobench.catalog.plugin_faults import not_imported
from emobench.domain.attempt import Failed, attempted
from emobench.domain.names import on_one_line
from emobench.testing.asking import asked_in_order
from emobench.testing.laws import Answer, Law, Verdict, broken, kept, some
from emobench.testing.plugin.subject import Offers, PluginSubject, PluginTrial

WORDS = {
    "emobench_datasets": "dataset",
    "emobench_backbones": "backbone",
    "emobench_families": "family",
    "emobench_peft_methods": "PEFT method",
}
FAULTS = {
    "heavy": "imports",
    "network": "asks for",
    "files": "touches",
    "programs": "starts",
    "folder": "changes the current folder to",
    "prints": "prints",
}
NAMED = 3
LONGEST_NAME = 300  # characters


def imports(trial: PluginTrial) -> Answer:
    """It can be imported, and every package that it needs is there."""
    problem = trial.problem
    if trial.subject.apart.fatal:
        return broken(on_one_line(trial.subject.apart.fatal))
    if problem is None:
        return kept(trial.plugin.distribution)
    source = trial.subject.source
    return broken(not_imported(problem, None if isinstance(source, Path) else source))


def offers(trial: PluginTrial) -> Answer:
    """Its functions marked with @hookimpl are hooks that there are, and yield what these hooks are for, at least one
    thing.
    """
    found = trial.offers()
    names = [f"{WORDS[hook]} '{item.card.name}'" for hook, items in found.items() for item in items]
    if not names:
        return broken("its hooks yield nothing")
    return kept(some(names, NAMED))


def light_import(trial: PluginTrial) -> Answer:
    """Importing it and asking its hooks imports neither torch nor its company, opens no file but modules, starts no
    program, asks for no host, prints nothing and stays in the current folder: `emobench list` does both each time.
    """
    seen = trial.subject.apart.seen
    faults = [f"it {words} {_some(seen[fault])}" for fault, words in FAULTS.items() if fault in seen]
    if not faults and seen.get("raised") and _works(trial):
        return broken(f"in a process of its own it raises {_some(seen['raised'])}")
    return broken("; ".join(faults)) if faults else kept("modules only")


def leaves_the_ruler(trial: PluginTrial) -> Answer:
    """Importing it and asking its hooks replaces and changes nothing in emobench: tasks, probes, metrics and splits are
    the ruler, the same for everybody.
    """
    replaced = trial.subject.apart.seen.get("ruler")
    return broken(f"it replaces {_some(replaced)}") if replaced else kept("nothing of emobench is another")


def same_every_time(trial: PluginTrial) -> Answer:
    """Asked twice, its hooks offer equal cards in the same order."""
    one, two = _cards(trial.offers()), _cards(trial.offers())
    if one == two:
        return kept(f"{len(one)} equal cards")
    other = [name for (name, card), (_, again) in zip(one, two, strict=False) if card != again]
    return broken(f"the second time {_some(other)} is another" if other else f"{len(one)} offers, then {len(two)}")


def own_name(trial: PluginTrial) -> Answer:
    """What it offers has names that nobody else offers, neither the core nor another plugin, and no other package has
    an entry point of its name.
    """
    subject, own = trial.subject, set[tuple[str, str]]()
    taken, faults = trial.taken(), list[str]()
    for hook, items in trial.offers().items():
        for item in items:
            name, what = item.card.name, f"the {WORDS[hook]} '{item.card.name}'"
            if (hook, name) in taken:
                faults.append(f"{what} is offered by {taken[hook, name]} and by {subject.owner}")
            if (hook, name) in own:
                faults.append(f"{what} is offered twice by {subject.owner}")
            if name.endswith(RANDOM) or name.startswith(HUB):
                faults.append(f"{what} has a name that the core gives: {HUB}ORG/REPO and NAME{RANDOM}")
            own.add((hook, name))
    if not isinstance(subject.source, Path):
        others = [point for point in subject.others if point.name == subject.source.name]
        owners = [PluginSubject(point).owner for point in others]
        faults += [f"the entry point '{subject.source.name}' is of {owner} and of {subject.owner}" for owner in owners]
    return broken("; ".join(map(on_one_line, faults[:NAMED]))) if faults else kept("its names are its own")


PLUGIN_LAWS: tuple[Law[PluginTrial], ...] = (
    imports, offers, light_import, leaves_the_ruler, same_every_time, own_name,
)  # fmt: skip
# What a law takes for granted: it is not asked where one of these does not hold.
RESTS_ON: Mapping[Law[PluginTrial], tuple[Law[PluginTrial], ...]] = {
    **dict.fromkeys((offers, light_import, leaves_the_ruler), (imports,)),
    **dict.fromkeys((same_every_time, own_name), (offers,)),
}


def check_plugin(subject: PluginSubject) -> Iterator[Verdict]:
    """One verdict per law, in the order of `PLUGIN_LAWS`, each when it is asked for.

    A plugin that cannot be imported is asked no further; one whose hooks cannot be asked, only how it is imported.
    """
    return asked_in_order(PLUGIN_LAWS, RESTS_ON, PluginTrial(subject))


def _works(trial: PluginTrial) -> bool:
    """Whether its hooks can be asked in this process; what they raise in both is told by another law."""
    return not isinstance(attempted(trial.offers), Failed)


def _cards(found: Offers) -> list[tuple[str, object]]:
    return [(f"{WORDS[hook]} '{item.card.name}'", item.card) for hook, items in found.items() for item in items]


def _some(names: Sequence[str]) -> str:
    return some([name[:LONGEST_NAME] for name in names], NAMED)
