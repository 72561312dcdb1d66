"""Does the loop train real architectures with real adapters: all alive where they are called, caught where not?"""

import pytest
import torch
from peft import LoraConfig, inject_adapter_in_model

from emobench.backbones.architecture import architecture
from emobench.backbones.hidden_states import HiddenStates
from emobench.domain.errors import EmobenchError
from emobench.domain.training import TrainOptions
from emobench.features.entering import rows_of
from emobench.learning.batch_losses import loss_for
from emobench.learning.heads import make_head
from emobench.learning.learner import Learner
from emobench.learning.sources import Prefixes, Waveforms, goes_on_from_its_entry
from emobench.learning.training import Examples, train
from emobench.testing.tiny_models import CONVOLVED, STABLE

OPTIONS = TrainOptions(epochs=2, batch=3, learning_rate=1e-3)


def learner_of(model_type, places, changes=None):
    """A tiny model that drops out everywhere, with LoRA of rank 4 at the places."""
    dropping = dict.fromkeys(("hidden_dropout", "attention_dropout", "activation_dropout", "feat_proj_dropout"), 0.1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = architecture({**CONVOLVED, **dropping, **(changes or {}), "model_type": model_type})
        module = HiddenStates.from_config(config, normalise=True).requires_grad_(False)
        inject_adapter_in_model(LoraConfig(r=4, lora_dropout=0.1, target_modules=list(places)), module)
    return Learner(module, make_head("mean", [32] * 4, 2, seed=0))


def examples():
    draw = torch.Generator().manual_seed(0)
    waves = [torch.randn(2_000 + 411 * number, generator=draw) / 5 for number in range(6)]
    truth = torch.arange(6) % 2
    return Examples(Waveforms(waves), truth, loss_for(truth, 2))


def prefixes(learner, whole):
    with torch.inference_mode():
        rows = rows_of(learner.backbone.eval().enter(whole.source.batch(range(6))))
    return Examples(Prefixes(rows, whole.source.samples), whole.truth, whole.loss)


@pytest.mark.parametrize(
    ("model_type", "places", "changes"),
    [
        ("hubert", ("q_proj", "v_proj"), {}),
        ("wav2vec2", ("q_proj", "output_dense"), STABLE),
        ("wavlm", ("intermediate_dense", "output_dense"), {}),
    ],
)
def test_prefixes_train_a_transformer_as_whole_clips_do(model_type, places, changes):
    """LoRA, dropout and all: losses from prefixes are those from waveforms to 1e-4, and every weight is alive."""
    first, second = (learner_of(model_type, places, changes) for _ in range(2))
    assert goes_on_from_its_entry(first.backbone, examples().source.waves[0])
    frozen = {name: value.clone() for name, value in first.state_dict().items() if "lora" not in name}
    one = train(first, examples(), lambda _: 0.0, OPTIONS, seed=1)
    two = train(second, prefixes(second, examples()), lambda _: 0.0, OPTIONS, seed=1)
    for a, b in zip(one.history, two.history, strict=True):
        assert a.loss == pytest.approx(b.loss, rel=1e-4)
    assert one.dead == two.dead == ()
    for name, value in frozen.items():
        assert name.startswith("head.") or torch.equal(first.state_dict()[name], value)


def test_lora_on_wavlms_attention_is_caught():
    """WavLM hands its attention's weights to a function: LoRA there never learns, which is an error and no result."""
    learner = learner_of("wavlm", ("q_proj", "v_proj"))
    with pytest.raises(EmobenchError, match=r"nothing of the backbone learns.*"):
        train(learner, examples(), lambda _: 0.0, OPTIONS, seed=1)
