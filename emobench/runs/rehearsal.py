"""Does a PEFT method fit a backbone, how much learns, and how long does a step take? Tried before anything is run."""

import copy
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from emobench.audio.pieces import longest_samples
from emobench.catalog.catalog import Catalog
from emobench.catalog.contracts import AudioBatch, Entered
from emobench.domain.canonical import digest
from emobench.domain.errors import UsageError
from emobench.domain.pair import MethodPlan, Rehearsal
from emobench.domain.plan import BackbonePlan
from emobench.features.extraction import exact_arithmetic
from emobench.features.memory import memory_for
from emobench.files.atomic import write_bytes
from emobench.learning.heads import make_head
from emobench.learning.learner import Learner
from emobench.learning.order import drawing_from
from emobench.learning.sources import goes_on_from_its_entry
from emobench.peft.combination import combined
from emobench.runs.method_plans import lookup
from emobench.runs.planned_code import load_planned
from emobench.tasks.layerwise import summed_layers
from emobench.tasks.predictions import WEIGHTED_SUM

TIMING = 1  # how it is done; raised when that changes
CLIPS, SECONDS = 2, 3.0  # of noise: what one step is timed on


class Rehearsals:
    """Tries methods on one backbone, which is loaded when it is first needed.

    Args:
        catalog: of all plugins.
        backbone: as it will be used.
        key: of its features.
        outputs: of the head.
        device: where training will run.
        folder: where what was found is kept.
    """

    def __init__(
        self, catalog: Catalog, backbone: BackbonePlan, key: str, outputs: int, device: torch.device, folder: Path
    ) -> None:
        self.catalog, self.backbone, self.key = catalog, backbone, key
        self.outputs, self.device, self.folder = outputs, device, folder
        self._module: nn.Module | None = None

    def of(self, method: MethodPlan) -> Rehearsal:
        """How a method fits.

        Raises:
            UsageError: it does not, with the reason.
            DataError, EmobenchError: the card of the backbone, or the method, is wrong.
        """
        if not method.trains_backbone:
            return self._of_head(method)
        if not self.backbone.card.differentiable:
            raise UsageError(
                f"'{method.name}' trains the backbone, and '{self.backbone.card.name}' is not differentiable.",
                found="found on its card: differentiable = false",
                remedy="Use --peft frozen or weighted_sum with it.",
            )
        path = self.folder / f"{self._key(method)}.json"
        known = _read(path)
        if known is None:
            known = self._tried(method)
            write_bytes(path, json.dumps(asdict(known)).encode())
        return known

    def _of_head(self, method: MethodPlan) -> Rehearsal:
        card, layers = self.backbone.card, len(summed_layers(self.backbone.card))
        width = card.layers[-1].width
        summed = method.name == WEIGHTED_SUM
        if summed and layers < 2:
            raise UsageError(
                f"'{card.name}' has no layers to sum.",
                found=f"only one of its layers is as wide as the last ({width})",
                remedy="Use --peft frozen with it.",
            )
        return Rehearsal(trainable=(width + 1) * self.outputs + (layers if summed else 0))

    def _key(self, method: MethodPlan) -> str:
        return digest(
            {
                "features": self.key,
                "layers": len(self.backbone.card.layers),
                "cards": [[card.name, card.version] for card in method.cards],
                "plugins": dict(method.plugins),
                "options": {name: options.model_dump(mode="json") for name, options in method.options.items()},
                "outputs": self.outputs,
                "device": [self.device.type, TIMING],
            }
        )

    def _tried(self, method: MethodPlan) -> Rehearsal:
        if self._module is None:
            self._module = load_planned(self.catalog, self.backbone, self.device)
        step = f"a step of '{method.name}' on '{self.backbone.card.name}' with {CLIPS} clips of {SECONDS:g} s"
        with memory_for(step, self.device):
            return self._timed(copy.deepcopy(self._module), method)

    def _timed(self, module: nn.Module, method: MethodPlan) -> Rehearsal:
        """Try a method on a module of its own."""
        learner = make_learner(module, self.backbone, method, self.catalog, self.outputs, 0)
        clip = _noise(self.backbone, 1)
        resumes = goes_on_from_its_entry(learner.backbone, clip.waveform[0])
        whole = _on(_noise(self.backbone, CLIPS), self.device)
        audio_seconds = whole.waveform.numel() / self.backbone.card.sample_rate
        heard: AudioBatch | Entered = whole
        enter = 0.0
        with exact_arithmetic(), drawing_from(0, self.device), _one_thread():
            if resumes:
                with torch.no_grad():
                    enter = _seconds(lambda: learner.backbone.enter(whole), self.device)
                    heard = learner.backbone.enter(whole)
            with torch.no_grad():
                hear = _seconds(lambda: learner.head(learner.pooled(heard)), self.device)
            train = _seconds(lambda: learner.head(learner.pooled(heard)).sum().backward(), self.device)
        trainable = sum(weight.numel() for weight in learner.trainable().values())
        return Rehearsal(trainable, resumes, train / audio_seconds, hear / audio_seconds, enter / audio_seconds)


def make_learner(
    module: nn.Module, backbone: BackbonePlan, method: MethodPlan, catalog: Catalog, outputs: int, seed: int,
    precision: str = "fp32",
) -> Learner:  # fmt: skip
    """A fresh backbone under a method and its head; everything drawn follows from ``seed``.

    Raises:
        UsageError, DataError, EmobenchError: the method does not fit, as its `apply` says.
    """
    device = next((weight.device for weight in module.parameters()), torch.device("cpu"))
    with drawing_from(seed, device):
        combined(method.name, lookup(catalog)).apply(module, backbone.card, method.options)
    widths = [layer.width for layer in backbone.card.layers]
    return Learner(module, make_head(method.head, widths, outputs, seed).to(device), precision).eval()


def _noise(backbone: BackbonePlan, clips: int) -> AudioBatch:
    card = backbone.card
    samples = min(round(SECONDS * card.sample_rate), longest_samples(card) or round(SECONDS * card.sample_rate))
    samples = max(samples, round(card.min_seconds * card.sample_rate))
    draw = torch.Generator().manual_seed(0)
    return AudioBatch(0.1 * torch.randn(clips, samples, generator=draw), torch.full((clips,), samples))


def _on(audio: AudioBatch, device: torch.device) -> AudioBatch:
    return AudioBatch(audio.waveform.to(device), audio.lengths.to(device))


def _seconds(action: Callable[[], Any], device: torch.device) -> float:
    """Seconds of an action, the less of two; the first time warms up.

    On a CPU those that one thread works, which other processes hardly change; on an accelerator those that pass.
    """
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    action()
    told = []
    for _ in range(2):
        _finished(device)
        began = clock()
        action()
        _finished(device)
        told.append(clock() - began)
    return min(told)


def _finished(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _read(path: Path) -> Rehearsal | None:
    """What was found before; None where nothing was, or where it cannot be read: then it is found anew."""
    try:
        return Rehearsal(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
