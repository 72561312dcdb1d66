"""Does the catalog offer everything that works, refuse twins, and isolate what is broken?"""

from types import SimpleNamespace

import pytest

from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import Backbone, Dataset, PeftMethod
from emobench.catalog.discovery import BrokenPlugin, PluginModule, discover
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Attribute, BackboneCard, DatasetCard, Layers, PeftCard
from emobench.domain.errors import UsageError


def backbone(name):
    card = BackboneCard(
        name=name,
        pretrained_on="nothing",
        licence="MIT",
        paper="none",
        sample_rate=16_000,
        layers=Layers.uniform(2, 4, 50),
    )
    return Backbone(card, load=lambda card, files: None)


def dataset(name):
    card = DatasetCard(
        name=name,
        title=name,
        domain="speech",
        licence="MIT",
        citation="nobody",
        url="none",
        attributes=(Attribute(name="emotion", classes=("a", "b")),),
        group_is="speaker",
        people=name,
        folds=3,
        expected_clips=1,
        sample_rate=16_000,
    )
    return Dataset(card, clips=lambda root: [])


def peft(name):
    return PeftMethod(PeftCard(name=name, title=name, paper="none"), apply=lambda *_: None)


def plugin(name, **hooks):
    """A module with the given hooks; each value is what the hook yields, or an exception it raises."""
    module = SimpleNamespace()
    for hook, items in hooks.items():

        def offer(items=items):
            if isinstance(items, Exception):
                raise items
            yield from items

        offer.__name__ = hook
        setattr(module, hook, hookimpl(specname=hook)(lambda offer=offer: offer()))
    return PluginModule(name, module, f"{name}-dist 1.0")


def test_three_kinds_are_offered_sorted_by_name():
    """What plugins yield stands in the catalog by kind, sorted by name, with its owner."""
    catalog = build_catalog(
        [
            plugin("two", emobench_backbones=[backbone("zebra"), backbone("ape")]),
            plugin("one", emobench_datasets=[dataset("corpus")], emobench_peft_methods=[peft("tiny")]),
        ]
    )
    assert list(catalog.backbones) == ["ape", "zebra"]
    assert catalog.dataset("corpus").owner.distribution == "one-dist 1.0"
    assert catalog.peft_method("tiny").what.card.title == "tiny"


def test_twins_are_refused_and_both_owners_named():
    """Of two plugins that offer one name neither gets it, both are named, and everything else works."""
    catalog = build_catalog(
        [
            plugin("one", emobench_backbones=[backbone("same"), backbone("mine")]),
            plugin("two", emobench_backbones=[backbone("same")]),
        ]
    )
    with pytest.raises(UsageError) as caught:
        catalog.backbone("same")
    assert "one-dist 1.0" in str(caught.value)
    assert "two-dist 1.0" in str(caught.value)
    assert catalog.backbone("mine").owner.name == "one"


def test_a_near_miss_is_suggested():
    """An unknown name is answered with the closest known one and exit code 2."""
    catalog = build_catalog([plugin("one", emobench_backbones=[backbone("wavlm-base")])])
    with pytest.raises(UsageError, match=r"no backbone named 'wavlm-bse'. Did you mean 'wavlm-base'\?") as caught:
        catalog.backbone("wavlm-bse")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("hooks", "reason"),
    [
        ({"emobench_backbones": RuntimeError("no luck")}, "no luck"),
        ({"emobench_backbones": [dataset("x")]}, "yields Dataset, not Backbone"),
        ({"emobench_backbone": [backbone("x")]}, "Did you mean 'emobench_backbones'?"),
        ({"emobench_peft_methods": [peft("fine"), peft("train")]}, "'train' is the name of an option scope"),
        ({}, "offers nothing"),
    ],
)
def test_a_broken_plugin_hurts_nobody_else(hooks, reason):
    """A plugin that raises, yields another type or a taken name, misspells its hook or offers nothing is told why."""
    catalog = build_catalog([plugin("bad", **hooks), plugin("good", emobench_backbones=[backbone("fine")])])
    assert not catalog.peft_methods
    assert [broken.name for broken in catalog.broken] == ["bad"]
    assert reason in catalog.broken[0].reason
    assert list(catalog.backbones) == ["fine"]


def test_a_run_that_needs_a_broken_plugin_hears_why():
    """Asking for a name that nobody offers shows the reasons of the broken plugins."""
    catalog = build_catalog([], [BrokenPlugin("lost", "lost-dist 1.0", "ImportError: no module named 'lost'")])
    with pytest.raises(UsageError, match="plugin 'lost' is broken: ImportError"):
        catalog.backbone("anything")


def test_random_control():
    """NAME@random is the same card without weights, marked random; what cannot be random says so."""
    seeded = Backbone(backbone("real").card, load=lambda card, files: "trained", load_random=lambda card: "random")
    catalog = build_catalog([plugin("one", emobench_backbones=[seeded, backbone("fixed")])])
    control = catalog.backbone("real@random").what
    assert (control.card.name, control.card.random, control.load(control.card, None)) == ("real@random", True, "random")
    with pytest.raises(UsageError, match="no random control"):
        catalog.backbone("fixed@random")


def test_built_ins_come_through_entry_points():
    """The core's own datasets and backbones are found by discovery like a stranger's, and all of them work."""
    catalog = build_catalog(*discover())
    assert catalog.broken == ()
    assert {"ravdess-speech", "ravdess-song", "synthetic-speech", "synthetic-music"} <= set(catalog.datasets)
    assert {"logmel", "hubert-tiny-random", "level-duration"} <= set(catalog.backbones)
    assert catalog.backbones["logmel"].owner.distribution.startswith("emobench ")


@pytest.mark.parametrize("ruler", ["tasks", "probes", "metrics", "splits"])
def test_the_ruler_cannot_be_replaced(ruler):
    """A plugin that brings a task, a probe, a metric or a split is set aside, and told why there is no such hook."""
    catalog = build_catalog([plugin("strange", **{f"emobench_{ruler}": []}), plugin("fine", emobench_datasets=[])])
    (broken,) = catalog.broken
    assert broken.name == "strange"
    assert f"{ruler} are the ruler, the same for everybody, and cannot be replaced" in broken.reason


def test_two_packages_with_one_entry_point_are_told_and_both_work():
    """What both offer is there, and the name that they share is told with both owners."""
    first = plugin("same", emobench_peft_methods=[peft("one")])
    second = plugin("same", emobench_datasets=[dataset("two")])
    catalog = build_catalog([first, PluginModule("same", second.module, "other-dist 2.0")])
    (twins,) = catalog.twins
    assert (twins.kind, twins.name) == ("entry point", "same")
    assert twins.owners == ("other-dist 2.0 (same)", "same-dist 1.0 (same)")
    assert (list(catalog.peft_methods), list(catalog.datasets)) == (["one"], ["two"])
