"""Does a family make a backbone of every repository that names it, and of no other?"""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from emobench.catalog.catalog import build_catalog
from emobench.catalog.contracts import WeightFiles
from emobench.catalog.discovery import PluginModule, from_file
from emobench.catalog.families import Family, Settings, Traits, described, hub_backbone, published, settings_of
from emobench.catalog.hookspecs import hookimpl
from emobench.domain.cards import Adapt, FamilyCard, Layers, folder_of
from emobench.domain.errors import DataError, UsageError
from emobench.domain.options import ExtractionOptions
from emobench.domain.progress import Silent
from emobench.domain.spec import Whereabouts
from emobench.runs.backbone_plans import plan_backbone


def traits(settings):
    """What a toy family reads from its settings; all have defaults."""
    config = {"hidden_size": 8, "num_hidden_layers": 2, "window": None, **settings.config}
    normalise = bool(settings.preprocessor.get("do_normalize", True))
    return Traits(
        sample_rate=settings.preprocessor.get("sampling_rate", 16_000),
        layers=Layers.uniform(config["num_hidden_layers"] + 1, config["hidden_size"], hz=50),
        min_seconds=0.02,
        sees_level=not normalise,
        adapt=Adapt(blocks="layers.*"),
        constants={"do_normalize": float(normalise)},
        window_seconds=config["window"],
    )


def family(name="toy", **parts):
    """A family whose loaders say what they were called with."""
    card = FamilyCard(name=name, title=name, paper="https://example.org")
    return Family(
        card,
        **{
            "traits": traits,
            "load": lambda card, files: ("trained", card, sorted(files.files)),
            "load_random": lambda card, settings: ("random", card, settings),
            **parts,
        },
    )


def plugin(name, *families):
    module = SimpleNamespace()
    module.offer = hookimpl(specname="emobench_families")(lambda: iter(families))
    return PluginModule(name, module, f"{name}-dist 1.0")


@pytest.fixture
def repository(tmp_path):
    """Writes the files of a repository."""

    def write(config=None, preprocessor=None, processor=None):
        texts = {"config.json": {"model_type": "toy", **(config or {})}, "model.safetensors": "weights"}
        if processor is not None:
            texts["processor_config.json"] = processor
        else:
            texts["preprocessor_config.json"] = preprocessor or {}
        for name, content in texts.items():
            (tmp_path / name).write_text(json.dumps(content))
        return WeightFiles({name: tmp_path / name for name in texts})

    return write


def a_toy(**fields):
    """A known member of the toy family: 3 layers of width 8 at 16 kHz, normalised."""
    return published(
        family(), "toy-base", "me/toy-base", **{
            "pretrained_on": "music", "licence": "MIT", "paper": "https://example.org", "parameters": 5, "config": {},
            "preprocessor": {}, **fields,
        },
    )  # fmt: skip


def test_families_are_offered_by_name_and_twins_are_refused():
    """A family stands under its model_type; of two plugins with one model_type neither has it, and both are named."""
    catalog = build_catalog([plugin("one", family("same"), family("mine")), plugin("two", family("same"))])
    assert list(catalog.families) == ["mine"]
    assert catalog.families["mine"].owner.name == "one"
    (twins,) = catalog.twins
    assert (twins.kind, twins.name) == ("family", "same")
    assert twins.owners == ("one-dist 1.0 (one)", "two-dist 1.0 (two)")


def test_a_family_that_is_none_breaks_its_plugin_only():
    """What the hook yields has to be a Family; another plugin's family works."""
    catalog = build_catalog([plugin("bad", "toy"), plugin("good", family())])
    assert [(broken.name, broken.reason) for broken in catalog.broken] == [
        ("bad", "TypeError: emobench_families yields str, not Family")
    ]
    assert list(catalog.families) == ["toy"]


def test_settings_are_read_from_either_file(repository):
    """The preprocessor's own file, else the feature extractor inside processor_config.json, else all of that."""
    inner = {"sampling_rate": 24_000}
    assert settings_of(repository(preprocessor=inner)).preprocessor == inner
    assert settings_of(repository(processor={"feature_extractor": inner, "tokenizer": {}})).preprocessor == inner
    assert settings_of(repository(processor=inner)).preprocessor == inner
    assert settings_of(repository({"hidden_size": 3})).config == {"model_type": "toy", "hidden_size": 3}
    with pytest.raises(DataError, match=r"preprocessor_config\.json is missing .*\nfound: config\.json"):
        settings_of(WeightFiles({"config.json": repository().files["config.json"]}))


def test_a_published_card_says_what_its_settings_say():
    """Layers, rate, view of loudness and places of a known member follow from its settings; who it is is told."""
    card = a_toy(config={"num_hidden_layers": 4}, preprocessor={"do_normalize": False}).card
    assert (card.name, card.family, card.weights.repo, card.parameters) == ("toy-base", "toy", "me/toy-base", 5)
    assert len(card.layers) == 5
    assert (card.sees_level, card.adapt.blocks, card.reentrant) == (True, "layers.*", True)


def test_a_random_control_is_built_from_the_settings_that_were_told():
    """``NAME@random`` needs no file: the settings beside the card are what the family builds it from."""
    backbone = a_toy(config={"hidden_size": 6})
    kind, card, settings = backbone.load_random(backbone.card)
    assert (kind, card, settings) == ("random", backbone.card, Settings({"hidden_size": 6}, {}))


def test_files_complete_the_card_of_a_known_member(repository):
    """Whether clips are normalised is the files' to say; name, licence and paper stay the card's."""
    backbone = a_toy()
    card = backbone.describe(backbone.card, repository(preprocessor={"do_normalize": False}))
    assert (backbone.card.sees_level, card.sees_level, card.constants) == (False, True, {"do_normalize": 0.0})
    assert card.model_copy(update={"sees_level": False, "constants": {"do_normalize": 1.0}}) == backbone.card


@pytest.mark.parametrize(
    ("config", "preprocessor", "said"),
    [
        ({"model_type": "other"}, {}, "family: toy on the card, other in the files"),
        ({}, {"sampling_rate": 24_000}, "sample rate: 16000 on the card, 24000 in the files"),
        ({"num_hidden_layers": 5}, {}, "layers: 3 on the card, 6 in the files"),
        ({"hidden_size": 9}, {}, "widths: 8 on the card, 9 in the files"),
    ],
    ids=["family", "rate", "layers", "widths"],
)
def test_files_that_are_another_model_are_refused(repository, config, preprocessor, said):
    """Each disagreement between card and files is named with both sides, and nothing that agrees is."""
    with pytest.raises(DataError, match="not the weights of 'toy-base'") as caught:
        described(family(), a_toy().card, repository(config, preprocessor))
    assert caught.value.found == said


@pytest.mark.parametrize(
    ("name", "repo", "revision", "random"),
    [
        ("hf:Org/Repo.v1", "Org/Repo.v1", None, False),
        ("hf:org/repo@main", "org/repo", "main", False),
        ("hf:org/repo@refs/pr/3", "org/repo", "refs/pr/3", False),
        ("hf:org/repo@random", "org/repo", None, True),
        ("hf:org/repo@v1.0@random", "org/repo", "v1.0", True),
    ],
)
def test_a_name_of_the_hub_is_taken_apart(name, repo, revision, random):
    """hf:ORG/REPO with a revision, as a random control, or both; the backbone keeps the whole name."""
    card = hub_backbone(name, {}).card
    assert (card.name, card.weights.repo, card.weights.revision) == (name, repo, revision)
    assert (card.random, card.pretrained_on) == (random, "nothing" if random else "unknown")


@pytest.mark.parametrize(
    "name",
    ["hf:", "hf:repo", "hf:/repo", "hf:org/", "hf:org/repo/file", "hf:../../etc", "hf:org/re po", "hf:org/repo@",
     "hf:org/repo@@random", "hf:org/repo@-x", "hf:https://huggingface.co/org/repo", "hf:org/repo\n"],
)  # fmt: skip
def test_a_name_that_is_no_repository_is_an_error_of_usage(name):
    """Nonsense after hf: ends with exit code 2 and the form that is wanted, before the Hub is asked."""
    with pytest.raises(UsageError, match="is no repository of the Hub") as caught:
        build_catalog([]).backbone(name)
    assert caught.value.exit_code == 2
    assert "hf:ORG/REPO" in str(caught.value)


def test_a_repository_is_described_and_loaded_by_its_family(repository):
    """The model_type chooses the family: its traits complete the card, its loader gets the files."""
    catalog = build_catalog([plugin("one", family("other", load=None), family())])
    backbone = catalog.backbone("hf:me/mine").what
    files = repository({"num_hidden_layers": 6, "window": 2.0})
    card = backbone.describe(backbone.card, files)
    assert (card.name, card.family, len(card.layers), card.window_seconds) == ("hf:me/mine", "toy", 7, 2.0)
    assert backbone.load(card, files) == ("trained", card, sorted(files.files))


def test_a_random_control_of_a_repository_reads_its_settings_only(repository):
    """``hf:ORG/REPO@random`` is the family's random model of the repository's settings."""
    backbone = build_catalog([plugin("one", family())]).backbone("hf:me/mine@random").what
    files = repository({"hidden_size": 4})
    settings = {name: path for name, path in files.files.items() if name != "model.safetensors"}
    kind, _, found = backbone.load(backbone.card, WeightFiles(settings))
    assert (kind, found.config["hidden_size"]) == ("random", 4)


@pytest.mark.parametrize("verb", ["describe", "load"])
def test_a_family_that_nobody_brings_is_named_beside_the_known_ones(repository, verb):
    """An unknown model_type is an error of the data that says which are known, and how one would be brought."""
    backbone = build_catalog([plugin("one", family("b"), family("a"))]).backbone("hf:me/mine").what
    with pytest.raises(DataError, match=r"model_type 'toy' in its config\.json; known: a, b\n.*emobench_families"):
        getattr(backbone, verb)(backbone.card, repository())


BROUGHT = """
from emobench import Adapt, Family, FamilyCard, Layers, Traits, hookimpl

def traits(settings):
    return Traits(16_000, Layers.uniform(2, 4, hz=50), 0.02, True, Adapt(), {})

@hookimpl
def emobench_families():
    yield Family(FamilyCard(name="toy", title="Toy", paper="none"), traits, None, None)  # %s
"""


def identity(catalog, folder, home):
    """The planned backbone hf:me/mine, with the files of a folder for its weights."""
    where = Whereabouts.model_validate({"weights": {"hf:me/mine": folder}, "out": home})
    return plan_backbone(
        catalog.backbone("hf:me/mine"), catalog, where, ExtractionOptions(), home=home, env={}, progress=Silent()
    )


def test_a_family_from_a_file_stands_in_the_identity(repository, tmp_path):
    """With --plugin FILE.py its digest is part of what the backbone is: other code, another identity; packages none."""
    folder, found = repository().files["config.json"].parent, []
    for remark in ("first", "second"):
        file = tmp_path / "brought.py"
        file.write_text(BROUGHT % remark)
        plug = from_file(file)
        found.append(identity(build_catalog([plug]), folder, tmp_path / "home"))
        assert found[-1].identity["plugin"] == plug.digest
        assert found[-1].distribution == plug.distribution
    assert found[0].identity["weights"] == found[1].identity["weights"]
    assert found[0].identity != found[1].identity
    installed = identity(build_catalog([plugin("one", family())]), folder, tmp_path / "home")
    assert "plugin" not in installed.identity
    assert installed.distribution == "one-dist 1.0"


def test_a_backbone_of_a_plugin_stays_with_its_plugin():
    """A named backbone belongs to whoever offers it, whoever brought its family."""
    module = SimpleNamespace(offer=hookimpl(specname="emobench_backbones")(lambda: iter([a_toy()])))
    catalog = build_catalog([PluginModule("mine", module, "mine-dist 1.0"), plugin("one", family())])
    offer = catalog.backbone("toy-base")
    assert catalog.owner_of(offer, offer.what.card).distribution == "mine-dist 1.0"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("mert-v1", "mert-v1"),
        ("mert-v1@random", "mert-v1@random"),
        ("hf:Org/Repo", "hf--Org--Repo"),
        ("hf:org/repo@refs/pr/3", "hf--org--repo@refs--pr--3"),
    ],
)
def test_every_backbone_has_a_folder(name, folder):
    """The name of a backbone becomes one name of a folder, with nothing in it that a file system refuses."""
    assert folder_of(name) == folder
    assert len(Path(folder).parts) == 1
    assert not set(folder) & set('\\/:*?"<>|')
