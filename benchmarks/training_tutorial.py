"""What do tutorials of transformers and peft add up to, when somebody trains on speech emotion? Four methods, one loop.

The whole encoder runs in every epoch of every method. Clips are shuffled, normalised and padded by the feature
extractor, without attention mask, as its documentation has it for models with a group norm; the convolutions are
frozen. Where nothing of the encoder learns it is in eval mode and without gradients. `training_plain.py` times it.
"""

from dataclasses import dataclass
from typing import Any

import torch
import transformers
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from training import RATE, SEED, hubert

from emobench.datasets.synthetic import speech_takes, spoken
from emobench.domain.training import TrainOptions
from emobench.learning.batch_losses import class_weights
from emobench.metrics.classification import confusion, uar

EMOTIONS = ("neutral", "sad", "angry")  # an untrained model tells them apart, so that a few epochs show something
CLASSES, WIDTH = len(EMOTIONS), 768
INNER = 128  # width of a bottleneck adapter
Clips = list[tuple[Tensor, int]]


@dataclass(frozen=True)
class Fold:
    """Waves (samples,) at 16 kHz, their classes (clips,) int64, and the positions of each part."""

    waves: list[Tensor]
    truth: Tensor
    training: list[int]
    development: list[int]
    test: list[int]

    def clips(self, places: list[int]) -> Clips:
        return [(self.waves[place], int(self.truth[place])) for place in places]

    def uar(self, places: list[int], scores: Tensor) -> float:
        return float(uar(confusion(self.truth[places].numpy(), scores.argmax(dim=1).numpy(), CLASSES)))


def synthetic(clips: int) -> Fold:
    """The first takes of every emotion: four people to train on, two to stop on, two to test; clips in rounds of 24."""
    chosen = [take for take in speech_takes() if take.emotion in EMOTIONS]
    takes = sorted(chosen, key=lambda take: int(take.id.rpartition("-")[2]))[: max(24, clips)]
    waves = [torch.from_numpy(spoken(take)[0]).float() for take in takes]
    truth = torch.tensor([EMOTIONS.index(take.emotion) for take in takes])
    person = [int(take.group[1:]) for take in takes]
    parts = [
        [place for place, who in enumerate(person) if low <= who <= high] for low, high in ((1, 4), (5, 6), (7, 8))
    ]
    return Fold(waves, truth, *parts)


class Plain(nn.Module):
    """An encoder of transformers, the mean over time of its last layer or of a weighted sum of all, one Linear.

    A batch norm without weights of its own stands before the Linear, where emobench standardises: the features of an
    untrained model hardly differ, and both heads should read them in the same unit.
    """

    def __init__(self, layers: int, method: str) -> None:
        super().__init__()
        wrapped = hubert(layers).module
        self.encoder: Any = transformers.AutoModel.from_config(wrapped.model.config)
        self.encoder.load_state_dict(wrapped.model.state_dict())
        self.encoder.requires_grad_(requires_grad=False)
        self.encoder.feature_extractor._freeze_parameters()  # noqa: SLF001 - what freeze_feature_encoder() does
        self.learns, self.weights = method in ("lora", "bottleneck"), None
        torch.manual_seed(SEED)
        if method == "lora":
            places = ["q_proj", "k_proj", "v_proj", "out_proj"]
            self.encoder = get_peft_model(self.encoder, LoraConfig(r=16, lora_alpha=16, target_modules=places))
        elif method == "bottleneck":
            self.adapters = nn.ModuleList(self._hooked(block.feed_forward) for block in self.encoder.encoder.layers)
        elif method == "weighted_sum":
            self.weights = nn.Parameter(torch.zeros(layers + 1))
        self.norm = nn.BatchNorm1d(WIDTH, affine=False, momentum=None)
        self.linear = nn.Linear(WIDTH, CLASSES)

    @staticmethod
    def _hooked(feed_forward: Any) -> nn.Module:
        up = nn.Linear(INNER, WIDTH)
        adapter = nn.Sequential(nn.Linear(WIDTH, INNER), nn.GELU(), up)
        nn.init.zeros_(up.weight)
        nn.init.zeros_(up.bias)
        feed_forward.output_dense.register_forward_hook(lambda _module, _inputs, output: output + adapter(output))
        return adapter

    def train(self, mode: bool = True) -> "Plain":
        super().train(mode)
        self.encoder.train(mode and self.learns)
        return self

    def forward(self, values: Tensor) -> Tensor:
        """(batch, samples) to scores (batch, classes)."""
        with torch.set_grad_enabled(self.learns and torch.is_grad_enabled()):
            found = self.encoder(values, output_hidden_states=self.weights is not None)
        if self.weights is None:
            read = found.last_hidden_state.mean(dim=1)
        else:
            layers = torch.stack(found.hidden_states).mean(dim=2)
            read = (layers * self.weights.softmax(dim=0)[:, None, None]).sum(dim=0)
        scores: Tensor = self.linear(self.norm(read))
        return scores


def plain(model: Plain, fold: Fold, options: TrainOptions) -> float:
    """Train as tutorials do, keep the best epoch's weights; the test UAR."""
    assert options.learning_rate is not None
    extractor = transformers.Wav2Vec2FeatureExtractor(return_attention_mask=False)

    def collate(clips: Clips) -> tuple[Tensor, Tensor]:
        waves = [wave.numpy() for wave, _ in clips]
        values = extractor(waves, sampling_rate=RATE, padding=True, return_tensors="pt")["input_values"]
        return values, torch.tensor([label for _, label in clips])

    def loader(places: list[int], *, shuffle: bool = False) -> DataLoader[Any]:
        return DataLoader[Any](fold.clips(places), batch_size=options.batch, shuffle=shuffle, collate_fn=collate)  # type: ignore[arg-type]  # a list is a dataset

    def judged(places: list[int]) -> float:
        model.eval()
        with torch.inference_mode():
            return fold.uar(places, torch.cat([model(values) for values, _ in loader(places)]))

    batches = loader(fold.training, shuffle=True)
    learning = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    optimiser = torch.optim.AdamW(learning.values(), lr=options.learning_rate, weight_decay=options.weight_decay)
    planned, weights = options.epochs * len(batches), class_weights(fold.truth[fold.training], CLASSES)
    schedule = transformers.get_cosine_schedule_with_warmup(optimiser, round(options.warm_up * planned), planned)
    best, kept, since = -1.0, {}, 0
    for _ in range(options.epochs):
        model.train()
        for values, labels in batches:
            loss = F.cross_entropy(model(values), labels, weight=weights)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learning.values(), options.clip)
            optimiser.step()
            schedule.step()
        score, since = judged(fold.development), since + 1
        if score > best:
            best, since = score, 0
            state = model.state_dict()
            kept = {name: state[name].clone() for name in state if name in learning or name.startswith("norm.")}
        if since >= options.patience:
            break
    model.load_state_dict(kept, strict=False)
    return judged(fold.test)
