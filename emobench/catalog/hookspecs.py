"""Which hooks can a plugin implement? Four, each a plural noun that yields what it offers."""

from collections.abc import Iterable

import pluggy

from emobench.catalog.contracts import Backbone, Dataset, PeftMethod
from emobench.catalog.families import Family

PROJECT = "emobench"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def emobench_datasets() -> Iterable[Dataset]:  # type: ignore[empty-body]  # a specification has no body
    """Offer corpus readers.

    Example::

        from emobench import Attribute, Clip, Dataset, DatasetCard, hookimpl

        CARD = DatasetCard(
            name="my-corpus", title="My corpus", domain="speech", licence="CC-BY-4.0", citation="Me (2026)",
            url="https://example.org/my-corpus", group_is="speaker", people="my-corpus", folds=5,
            attributes=(Attribute(name="emotion", classes=("angry", "happy")),), expected_clips=200, sample_rate=16_000,
        )

        def clips(root):
            for path in sorted(root.glob("*.wav")):  # names such as ann-happy-3.wav
                speaker, emotion, _ = path.stem.split("-")
                yield Clip(id=path.stem, path=path, group=speaker, labels={"emotion": emotion})

        @hookimpl
        def emobench_datasets():
            yield Dataset(CARD, clips=clips)
    """


@hookspec
def emobench_backbones() -> Iterable[Backbone]:  # type: ignore[empty-body]  # a specification has no body
    """Offer models.

    Example::

        from emobench import Backbone, BackboneCard, FrameFeatures, Layers, hookimpl

        CARD = BackboneCard(
            name="rms", pretrained_on="nothing", licence="Apache-2.0", paper="https://example.org/rms",
            sample_rate=16_000, layers=Layers.named(rms=(1, 100)),
        )

        def load(card, files):
            import torch

            class Rms(torch.nn.Module):
                def forward(self, audio):
                    frames = audio.waveform.unfold(1, 160, 160).pow(2).mean(-1, keepdim=True).sqrt()
                    return FrameFeatures(layers=(frames,), lengths=(audio.lengths // 160,))

            return Rms().eval()

        @hookimpl
        def emobench_backbones():
            yield Backbone(CARD, load=load)
    """


@hookspec
def emobench_families() -> Iterable[Family]:  # type: ignore[empty-body]  # a specification has no body
    """Offer families of models: with one, ``hf:ORG/REPO`` works for every repository whose config names it.

    Example::

        from emobench import Adapt, Family, FamilyCard, FrameFeatures, Layers, Traits, hookimpl

        CARD = FamilyCard(name="my-model", title="My models", paper="https://example.org/my-model")

        def traits(settings):
            return Traits(
                sample_rate=settings.preprocessor["sampling_rate"], min_seconds=0.02, sees_level=True, adapt=Adapt(),
                layers=Layers.uniform(2, settings.config["hidden_size"], hz=50), constants={},
            )

        def load_random(card, settings=None):
            import torch

            class MyModel(torch.nn.Module):
                def __init__(self):
                    super().__init__()
                    hop, width = card.sample_rate // 50, card.layers[0].width
                    self.first, self.second = torch.nn.Linear(hop, width), torch.nn.Linear(width, width)

                def forward(self, audio):
                    hop = self.first.in_features
                    states = self.first(audio.waveform.unfold(1, hop, hop))
                    return FrameFeatures(layers=(states, self.second(states)), lengths=(audio.lengths // hop,) * 2)

            return MyModel().eval()

        def load(card, files):
            model = load_random(card)
            from emobench import load_checkpoint  # not above: it brings torch

            load_checkpoint(model, files.files["model.safetensors"])
            return model

        @hookimpl
        def emobench_families():
            yield Family(CARD, traits=traits, load=load, load_random=load_random)
    """


@hookspec
def emobench_peft_methods() -> Iterable[PeftMethod]:  # type: ignore[empty-body]  # a specification has no body
    """Offer PEFT methods.

    Example::

        from emobench import PeftCard, PeftMethod, hookimpl

        CARD = PeftCard(name="biases", title="Biases only", paper="https://arxiv.org/abs/2106.10199")

        def apply(backbone, card, options):
            for name, weight in backbone.named_parameters():
                weight.requires_grad = name.endswith("bias")

        @hookimpl
        def emobench_peft_methods():
            yield PeftMethod(CARD, apply=apply)
    """
