"""Which bundles of torchaudio.pipelines are known, and what do their cards say? The self-supervised ones."""

from __future__ import annotations

from dataclasses import dataclass

from emobench import Adapt, BackboneCard, Layers, Weights

WHERE = "https://download.pytorch.org/torchaudio/models/"
# torchaudio states no digests. Where none stands here, the file is fetched by hand and given with --weights.
SHA256 = {
    # NOT VERIFIED HERE: several public repositories state it of this URL (377,604,347 bytes); nobody who wrote this had
    # the file. Were it wrong, a fetch would end with an error that names both digests, and no other file be taken.
    "wavlm_base_plus.pth": "136a3e720c04f2c77bf7a4dc6a3868b14d5a2c145a988114b733cb1a8428be98",
}
BLOCKS = "model.encoder.transformer.layers.*"
FRONT_END = ("model.feature_extractor", "model.encoder.feature_projection")
ATTENTION = tuple(f"{BLOCKS}.attention.{name}" for name in ("q_proj", "k_proj", "v_proj", "out_proj"))
FEED_FORWARD = tuple(f"{BLOCKS}.feed_forward.{name}" for name in ("intermediate_dense", "output_dense"))


@dataclass(frozen=True)
class Size:
    """How many blocks, how wide, and whether each clip is given zero mean and unit variance."""

    blocks: int
    width: int
    normalise: bool


@dataclass(frozen=True)
class Release:
    """Where models were published: the paper, the licence, and the corpora of their pretraining."""

    paper: str
    licence: str
    corpora: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """A bundle: the name of its backbone, its own in torchaudio.pipelines, its file, its size, and its release."""

    name: str
    bundle: str
    file: str
    size: Size
    parameters: int
    release: Release

    @property
    def card(self) -> BackboneCard:
        """The card of its backbone."""
        wavlm = self.bundle.startswith("WAVLM")
        return BackboneCard(
            name=self.name,
            pretrained_on="speech",
            corpora=self.release.corpora,
            licence=self.release.licence,
            paper=self.release.paper,
            weights=Weights(url=WHERE + self.file, sha256=SHA256.get(self.file)),
            sample_rate=16_000,
            layers=Layers.uniform(self.size.blocks + 1, self.size.width, hz=50),
            parameters=self.parameters,
            # A clip is normalised, or meets a convolution without bias in front of a norm: its scale is forgotten.
            sees_level=False,
            min_seconds=0.025,
            longest_seconds=60.0,
            reentrant=True,
            constants={"normalise": float(self.size.normalise)},
            # WavLM's attention hands bare weights to a functional kernel: what replaces a Linear is never called.
            adapt=Adapt(
                front_end=FRONT_END, blocks=BLOCKS, attention=() if wavlm else ATTENTION, feed_forward=FEED_FORWARD
            ),
        )


LIBRISPEECH, LIBRI_LIGHT = ("LibriSpeech",), ("Libri-Light",)
LANGUAGES_53 = ("Multilingual LibriSpeech", "Common Voice", "BABEL")
HOURS_94K = ("Libri-Light", "GigaSpeech", "VoxPopuli")
BASE, LARGE, LARGE_NORMALISED = Size(12, 768, normalise=False), Size(24, 1024, normalise=False), Size(24, 1024, True)
BILLION, TWO_BILLION = Size(48, 1280, normalise=True), Size(48, 1920, normalise=True)
# Licences and corpora as the documentation of torchaudio 2.11 states them of each bundle (MIT, as fairseq's), but for
# WavLM's licence, below. Nobody here asked the authors; papers and not torchaudio say what else was done in training.
W2V_960, W2V_60K = (Release("https://arxiv.org/abs/2006.11477", "MIT", heard) for heard in (LIBRISPEECH, LIBRI_LIGHT))
HUB_960, HUB_60K = (Release("https://arxiv.org/abs/2106.07447", "MIT", heard) for heard in (LIBRISPEECH, LIBRI_LIGHT))
XLSR = Release("https://arxiv.org/abs/2006.13979", "MIT", LANGUAGES_53)
XLS_R = Release("https://arxiv.org/abs/2111.09296", "MIT", (*LANGUAGES_53, "VoxLingua107", "VoxPopuli"))
# Of WavLM torchaudio says MIT, too. The model cards of its authors are said to link a CC BY-SA 3.0, as emobench's own
# cards of WavLM have it; what asks for more stands here, and the link was not opened while this was written.
WAVLM_960, WAVLM_94K = (
    Release("https://arxiv.org/abs/2110.13900", "CC-BY-SA-3.0", heard) for heard in (LIBRISPEECH, HOURS_94K)
)

KNOWN = tuple(
    Known(f"torchaudio-{name}", bundle, file, size, parameters, release)
    for name, bundle, file, size, parameters, release in (
        ("wav2vec2-base", "WAV2VEC2_BASE", "wav2vec2_fairseq_base_ls960.pth", BASE, 94_370_944, W2V_960),
        ("wav2vec2-large", "WAV2VEC2_LARGE", "wav2vec2_fairseq_large_ls960.pth", LARGE, 315_427_968, W2V_960),
        ("wav2vec2-large-lv60k", "WAV2VEC2_LARGE_LV60K", "wav2vec2_fairseq_large_lv60k.pth", LARGE_NORMALISED,
         315_437_696, W2V_60K),
        ("xlsr-53", "WAV2VEC2_XLSR53", "wav2vec2_fairseq_large_xlsr53.pth", LARGE_NORMALISED, 315_437_696, XLSR),
        ("xls-r-300m", "WAV2VEC2_XLSR_300M", "wav2vec2_xlsr_300m.pth", LARGE_NORMALISED, 315_437_696, XLS_R),
        ("xls-r-1b", "WAV2VEC2_XLSR_1B", "wav2vec2_xlsr_1b.pth", BILLION, 962_496_128, XLS_R),
        ("xls-r-2b", "WAV2VEC2_XLSR_2B", "wav2vec2_xlsr_2b.pth", TWO_BILLION, 2_159_257_728, XLS_R),
        ("hubert-base", "HUBERT_BASE", "hubert_fairseq_base_ls960.pth", BASE, 94_370_944, HUB_960),
        ("hubert-large", "HUBERT_LARGE", "hubert_fairseq_large_ll60k.pth", LARGE_NORMALISED, 315_434_112, HUB_60K),
        ("hubert-xlarge", "HUBERT_XLARGE", "hubert_fairseq_xlarge_ll60k.pth", BILLION, 962_492_544, HUB_60K),
        ("wavlm-base", "WAVLM_BASE", "wavlm_base.pth", BASE, 94_381_168, WAVLM_960),
        ("wavlm-base-plus", "WAVLM_BASE_PLUS", "wavlm_base_plus.pth", BASE, 94_381_168, WAVLM_94K),
        ("wavlm-large", "WAVLM_LARGE", "wavlm_large.pth", LARGE_NORMALISED, 315_452_096, WAVLM_94K),
    )
)  # fmt: skip
