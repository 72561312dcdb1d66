"""Which hooks can a plugin implement? Three, each a plural noun that yields what it offers."""

from collections.abc import Iterable

import pluggy

from emobench.catalog.contracts import Backbone, Dataset, PeftMethod

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

            return Rms()

        @hookimpl
        def emobench_backbones():
            yield Backbone(CARD, load=load)
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
