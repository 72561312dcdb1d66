"""What does a record of `cross_domain` look like? Plausible ones, made after the contract and drawn, not measured."""

import numpy as np

from emobench.domain.options import SCOPES
from emobench.domain.record import Found, Headline, Score, make_record

SPEECH, SONG = "ravdess-speech", "ravdess-song"
EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful")
METHODS = ("frozen", "weighted_sum", "lora", "bottleneck")
CONDITIONS = ("direct", "direct_aligned", "target_only", "two_stage")
LEVELS = {"direct": -0.25, "direct_aligned": -0.17, "target_only": 0.0, "joint": 0.02}
TRAINABLE = {"frozen": 4614, "weighted_sum": 4627, "lora": 299_526, "bottleneck": 1_198_854, "full": 94_400_000}


def pair_record(
    backbone="byol-s",
    *,
    datasets=(SPEECH, SONG),
    methods=METHODS,
    attribute="emotion",
    fractions=(1.0,),
    gains=None,
    levels=None,
    half=0.03,
    people=23,
    also=(),
    left_out=None,
    notes=(),
    asked=None,
    used=None,
):
    """A record of one backbone on one pair; `gains` maps (method, target) to the true gain, `levels` to target only.

    `half` is half the width of every interval; `asked` and `used` are laid over what stands there otherwise.
    """
    drawn = np.random.default_rng([len(backbone), len(methods), people])
    metric = "uar" if attribute == "emotion" else "ccc"
    rows = _Rows(attribute, metric, datasets, half if people >= 8 else None, people, drawn)
    names = (*methods, "chosen")
    base = {(m, t): (levels or {}).get((m, t), 0.5 + 0.05 * (i % 4)) for i, m in enumerate(names) for t in datasets}
    gain = {key: (gains or {}).get(key, round(float(drawn.normal(0.02, 0.02)), 3)) for key in base}
    rows.averages(base, gain)
    for source, target in (datasets, datasets[::-1]):
        for method in names:
            rows.direction(method, source, target, base[method, target], gain[method, target], also)
            rows.fractions(method, source, target, base[method, target], gain[method, target], fractions)
    first = rows.found[0]
    headline = Headline(
        metric=metric, value=first.value, low=first.low, high=first.high, chance=1 / 6 if metric == "uar" else 0.0
    )
    return make_record(
        asked=_asked(backbone, datasets, attribute, methods) | (asked or {}),
        used=_used(backbone, datasets, attribute, methods, people, left_out or {}) | (used or {}),
        found=Found(headline=headline, choices=_choices(datasets, methods), scores=rows.found, notes=notes),
        predictions_digest="0" * 64,
        spent=_spent(methods),
        where={},
    )


class _Rows:
    """Score rows as they are collected."""

    def __init__(self, attribute, metric, datasets, half, people, drawn):
        self.attribute, self.metric, self.datasets = attribute, metric, datasets
        self.half, self.people, self.drawn, self.found = half, people, drawn, []

    def add(self, value, *, spread=1.0, **fields):
        ends = {}
        if self.half is not None and value is not None and spread:
            ends = {"low": value - spread * self.half, "high": value + spread * self.half}
        common = {"attribute": self.attribute, "view": "all", "split": "test", "fraction": 1.0, "n_groups": self.people}
        self.found.append(Score(**{**common, "value": value, **ends, **fields}))

    def averages(self, base, gain):
        key = {"method": "chosen", "source": None, "target": None}
        level = float(np.mean([base["chosen", target] for target in self.datasets]))
        more = float(np.mean([gain["chosen", target] for target in self.datasets]))
        self.add(level + more, condition="two_stage", metric=self.metric, **key)
        for condition in CONDITIONS[:3]:
            self.add(level + LEVELS[condition], condition=condition, metric=self.metric, **key)
        self.gain(more, None, key)

    def gain(self, more, p, key, **fields):
        fields = {"condition": "two_stage", "view": "over_target_only", **key, **fields}
        self.add(more, spread=0.7, metric=f"gain_{self.metric}", p=p, **fields)
        if "fraction" not in fields:
            self.add(0.9 * (self.half or 0.03), spread=0, metric=f"detectable_gain_{self.metric}", **fields)

    def direction(self, method, source, target, level, more, also):
        key = {"method": method, "source": source, "target": target}
        if method == "frozen":
            for layer in ("0", "1"):
                self.add(level - 0.1, condition="two_stage", metric=self.metric, layer=layer, **key)
        for condition in (*CONDITIONS, *also):
            value = level + (more if condition == "two_stage" else LEVELS.get(condition, 0.0))
            for fold in range(2):
                self.add(value - 0.2, spread=0, condition=condition, metric=self.metric, fold=fold, **key)
            self.add(value, condition=condition, metric=self.metric, **key)
        sure = abs(more) > 0.7 * (self.half or 1)
        self.gain(more, None if method == "chosen" else (0.01 if sure else 0.4), key)
        if self.metric == "uar":
            for name in EMOTIONS:
                value = round(more + float(self.drawn.normal(0, 0.06)), 3)
                fields = {"condition": "two_stage", "view": "over_target_only", "class": name}
                self.add(value, spread=2, metric="gain_recall", **fields, **key)
        if "shuffled" in also:
            fields = {"condition": "two_stage", "view": "over_shuffled"}
            self.add(more - 0.01, spread=0.7, metric=f"gain_{self.metric}", **fields, **key)
        if "joint" in also:
            fields = {"condition": "joint", "view": "over_target_only"}
            self.add(LEVELS["joint"], spread=0.7, metric=f"gain_{self.metric}", **fields, **key)

    def fractions(self, method, source, target, level, more, parts):
        if all(part == 1 for part in parts):
            return
        key = {"method": method, "source": source, "target": target}
        for part in parts:
            less, clips = 0.12 * float(np.log2(part)) / 2, 600 * part
            grown = more * (2 - part)
            if part < 1:
                for condition, value in (("target_only", level + less), ("two_stage", level + less + grown)):
                    self.add(value, condition=condition, metric=self.metric, fraction=part, **key)
                self.gain(grown, None, key, fraction=part)
            shared = {"condition": "two_stage", "fraction": part}
            worth = clips * grown * 8 if part < 1 else None
            low, high = (None, None) if worth is None else sorted((worth * 0.4, worth * 1.8))
            ends = {"low": low, "high": high}
            self.add(worth, metric="worth_clips", spread=0, **shared, **ends, **key)
            self.add(clips, metric="training_clips", spread=0, **shared, **key)


def _asked(backbone, datasets, attribute, methods):
    scopes = ("reading", "extraction", "probe", "cross_domain", "train")
    options = {scope: SCOPES[scope]().model_dump(mode="json") for scope in scopes if scope in SCOPES}
    return {
        "task": "cross_domain", "backbone": backbone, "datasets": list(datasets), "attribute": attribute,
        "peft": list(methods), "seeds": 3, "preset": "sun-style", "folds": None, "limit": None, "precision": "fp32",
        "options": {**options, "lora": {"rank": 8}},
    }  # fmt: skip


def _used(backbone, datasets, attribute, methods, people, left_out):
    space = {"name": attribute, "classes": list(EMOTIONS), "low": None, "high": None}
    if attribute != "emotion":
        space = {"name": attribute, "classes": [], "low": -1.0, "high": 1.0}
    groups = {f"actor-{index:02d}": {"fold": index % 6, "sex": "female"} for index in range(people)}
    return {
        "backbone": {
            "card": {"name": backbone, "pretrained_on": "speech", "random": backbone.endswith("@random"),
                     "parameters": 600_192, "layers": []},
            "layers": {"measured": 5, "of": 5}, "identity": {"digest": "5" * 64},
        },
        "datasets": {
            name: {
                "card": {"name": name, "domain": domain, "group_is": "actor"}, "identity": digit * 64,
                "clips": clips, "seconds": 4000.0, "groups": groups,
                "audio": {"kind": "derived copy", "channels": [1]}, "excluded": [],
            }
            for name, domain, digit, clips in zip(datasets, ("speech", "music"), "ab", (1004, 1012), strict=True)
        },
        "pair": {
            "labels": {name: {emotion: emotion for emotion in EMOTIONS} for name in datasets},
            "dropped": {datasets[0]: {"disgust": 192, "surprised": 192, "people": 52}, datasets[1]: {}},
            "people": "shared", "common_people": people,
        },
        "attribute": space,
        "methods": {name: {"trainable": TRAINABLE.get(name, 1000), "options": {}, "title": name} for name in methods},
        "left_out": dict(left_out),
        "split": {"digest": "d" * 64, "folds": 6, "group_disjoint": True},
        "protocol": {"name": "cross_domain", "version": 1, "stages": {}},
        "assumed": {},
    }  # fmt: skip


def _choices(datasets, methods):
    blank = {"layer": None, "strength": None, "seed": None}
    return [
        {"choice": "method", "condition": "two_stage", "source": source, "target": target, "method": method,
         "fraction": 1.0, "fold": fold, "development_score": 0.5, "chosen": method == methods[-1 if fold else 0],
         **blank}
        for source, target in (datasets, datasets[::-1])
        for fold in range(6)
        for method in methods
    ]  # fmt: skip


def _spent(methods):
    training = {
        name: {"wall_seconds": 40.0 * 9**place, "cpu_seconds": 70.0, "trainings": 72, "epochs": 700}
        for place, name in enumerate(methods)
    }
    return {
        "extraction": {"wall_seconds": 30.0, "cpu_seconds": 55.0}, "probes": {}, "training": training,
        "peak_memory_bytes": 10**9, "parameters": {"total": 600_192, "trainable": {}},
    }  # fmt: skip
