"""How do two datasets become a pair? Labels, people, methods that fit, folds; everything decided, nothing learned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch

from emobench.catalog.catalog import Catalog
from emobench.domain.cards import DatasetCard
from emobench.domain.errors import UsageError
from emobench.domain.frozen import Frozen
from emobench.domain.options import resolve
from emobench.domain.pair import CrossDomainOptions, MethodPlan, PairPlan, Rehearsal
from emobench.domain.plan import DatasetPlan, Plan
from emobench.domain.presets import PRESETS
from emobench.domain.progress import Progress
from emobench.domain.spec import RunSpec
from emobench.domain.table import TableOptions
from emobench.domain.training import TrainOptions
from emobench.runs.keys import fold_array, labels_of
from emobench.runs.matching import Matching
from emobench.runs.method_plans import plan_methods
from emobench.runs.pair_units import pair_units
from emobench.runs.rehearsal import Rehearsals
from emobench.tasks.pair_parts import check_parts
from emobench.tasks.ruler import truths


class PairInTheMaking(Matching):
    """What is known of a pair before its clips are: cards, maps, methods.

    Raises:
        UsageError: not two datasets, methods that do not go together.
        DataError: no shared labels.
    """

    def __init__(
        self, spec: RunSpec, cards: Sequence[DatasetCard], catalog: Catalog, options: Mapping[str, Frozen]
    ) -> None:
        self.options = cast(CrossDomainOptions, options["cross_domain"])
        super().__init__(spec.task, cards, self.options)
        self.spec = spec
        self.train = cast(TrainOptions, options["train"])
        self.preset = _preset(spec, options)
        self.methods = plan_methods(spec.peft, catalog, options, self.train)

    def pair(self, datasets: Mapping[str, DatasetPlan]) -> PairPlan:
        """The pair, without its rehearsals; ``datasets`` are the clips that are used."""
        return PairPlan(
            **vars(self.matched(datasets)), options=self.options, train=self.train, preset=self.preset,
            seeds=tuple(range(self.spec.seeds or 1)), methods=self.methods,
        )  # fmt: skip


def complete(plan: Plan, catalog: Catalog, device: torch.device, home: Path, progress: Progress) -> Plan:
    """A plan of a pair with its rehearsals and units.

    Raises:
        UsageError: a method that was asked for by name does not fit a backbone that was.
        DataError: a class missing from a training part.
    """
    check_training_parts(plan)
    rehearsals: dict[tuple[str, str], Rehearsal] = {}
    left_out: dict[str, dict[str, UsageError]] = {}
    for backbone in plan.backbones:
        fitting, left_out[backbone] = _rehearsed(plan, backbone, catalog, device, home)
        rehearsals.update({(backbone, method): found for method, found in fitting.items()})
    _check_meant(plan, rehearsals, left_out)
    told = {name: {method: reason.what for method, reason in misfits.items()} for name, misfits in left_out.items()}
    for backbone in plan.spec.backbones:
        for method, why in told[backbone].items():
            progress.say(f"left out: {method} with {backbone}: {why}")
    pair = replace(plan.the_pair, rehearsals=rehearsals, left_out=told)
    whole = replace(plan, pair=pair)
    return replace(whole, units=pair_units(whole))


def _rehearsed(
    plan: Plan, backbone: str, catalog: Catalog, device: torch.device, home: Path
) -> tuple[dict[str, Rehearsal], dict[str, UsageError]]:
    """The methods that fit a backbone, and why the others do not."""
    pair = plan.the_pair
    key = plan.features[backbone, pair.datasets[0]].key
    outputs = len(pair.attribute.classes) or 1
    tries = Rehearsals(catalog, plan.backbones[backbone], key, outputs, device, home / "rehearsals")
    fitting: dict[str, Rehearsal] = {}
    misfits: dict[str, UsageError] = {}
    for name, method in _methods_of(plan, backbone).items():
        try:
            fitting[name] = tries.of(method)
        except UsageError as problem:
            if backbone not in plan.controls and plan.spec.peft_by_name:
                raise
            misfits[name] = problem
    return fitting, misfits


def _check_meant(
    plan: Plan, fitting: Mapping[tuple[str, str], Rehearsal], misfits: Mapping[str, Mapping[str, UsageError]]
) -> None:
    """Refuse to leave out a method whose option somebody set, when it fits no backbone at all: that was a mistake.

    Raises:
        UsageError: why it does not fit.
    """
    for name, method in plan.the_pair.methods.items():
        meant = any(key.rpartition(".")[0] in method.options for key in plan.spec.options)
        if meant and not any((backbone, name) in fitting for backbone in plan.spec.backbones):
            raise misfits[plan.spec.backbones[0]][name]


def _methods_of(plan: Plan, backbone: str) -> Mapping[str, MethodPlan]:
    """A control that nobody asked for is looked at as it is."""
    methods = plan.the_pair.methods
    if backbone in plan.controls:
        return {name: method for name, method in methods.items() if not method.trains_backbone}
    return methods


def check_training_parts(plan: Plan) -> None:
    """Refuse a pair in which some class cannot be learned. Raises DataError."""
    attribute = plan.the_pair.attribute
    for name in plan.the_pair.datasets:
        dataset, split = plan.datasets[name], plan.splits[name]
        tests = list(plan.spec.folds or range(split.count))
        truth = np.asarray(truths(attribute, labels_of(dataset, attribute.name)))
        check_parts(attribute, truth, fold_array(dataset, split), split, tests)


def _preset(spec: RunSpec, options: Mapping[str, Frozen]) -> str | None:
    """The preset whose methods, seeds, folds and options are those asked for.

    Which attribute, and how own data is read, are other questions.
    """
    train, pair = cast(TrainOptions, options["train"]), cast(CrossDomainOptions, options["cross_domain"])
    alike = {
        **options,
        "train": train.model_copy(update={"save_adapters": False}),
        "cross_domain": pair.model_copy(update={"attribute": CrossDomainOptions().attribute}),
        **({"table": TableOptions()} if "table" in options else {}),
    }
    for name, preset in PRESETS["cross_domain"].items():
        values = (spec.peft, spec.seeds, spec.folds) == (preset.peft, preset.seeds, preset.folds)
        scopes = {scope: type(chosen) for scope, chosen in options.items()}
        if values and resolve(preset.options, scopes) == alike:
            return name
    return None
