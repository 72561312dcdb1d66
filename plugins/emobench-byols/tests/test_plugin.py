"""Does the plugin introduce BYOL-S, load its checkpoint, and refuse any other?"""

import hashlib
import subprocess
import sys

import pytest
import torch
from emobench_byols import plugin
from emobench_byols.plugin import CARD, load, load_random

from emobench import DataError, WeightFiles


def test_offers_one_backbone_with_its_control():
    """The hook yields byol-s, which can be loaded with random weights too."""
    (backbone,) = plugin.emobench_backbones()
    assert backbone.card.name == "byol-s"
    assert backbone.load_random is load_random


def test_introducing_itself_imports_no_torch():
    """`emobench list` stays light: importing the plugin leaves torch alone."""
    lines = "import sys, emobench_byols.plugin as p; list(p.emobench_backbones()); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", lines], check=False).returncode == 0


def test_reads_the_published_layout(published, random_weights):
    """Every weight of the file is in the network afterwards, and the network is in eval mode."""
    network = load(CARD, published(random_weights))
    assert not any(module.training for module in network.modules())
    assert network.state_dict().keys() == random_weights.keys()
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(weight, random_weights[name], rtol=0, atol=0)


def test_weights_have_their_published_names(random_weights):
    """Convolutions, norms and linears sit where the released code has them."""
    modules = {name.rpartition(".")[0] for name in random_weights}
    assert modules == {*(f"features.{index}" for index in (0, 1, 4, 5, 8, 9)), "fc.0", "fc.3"}


def test_random_control_follows_the_seed():
    """The same seed gives the same control, another seed another one."""
    first, again, other = (_control(seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda w: w.pop("fc.3.bias"), "missing: fc.3.bias"),
        (lambda w: w.update({"fc.6.bias": torch.zeros(1)}), "unexpected: fc.6.bias"),
        (lambda w: w.update({"fc.0.bias": torch.zeros(7)}), r"fc.0.bias \(7,\) instead of \(512,\)"),
    ],
)
def test_refuses_a_checkpoint_that_does_not_fit(published, random_weights, change, complaint):
    """A missing, an unexpected and a wrongly shaped weight are each named."""
    weights = dict(random_weights)
    change(weights)
    with pytest.raises(DataError, match=complaint):
        load(CARD, published(weights))


def test_refuses_what_is_no_weight_file(tmp_path):
    """A web page saved under the name of a checkpoint is an error of the data, not of pickle."""
    page = tmp_path / "checkpoint.pth"
    page.write_text("<!DOCTYPE html>")
    with pytest.raises(DataError, match="cannot be read as a weight file"):
        load(CARD, WeightFiles({page.name: page}))


@pytest.mark.shared
def test_digest_is_that_of_the_published_file(shared):
    """The card's SHA-256 and file name belong to the real checkpoint."""
    path = next((shared / "weights" / "byol-s").glob("*.pth"))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == CARD.weights.sha256
    assert CARD.weights.url.endswith(path.name)


def _control(seed: int) -> torch.Tensor:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return load_random(CARD).fc[0].weight
