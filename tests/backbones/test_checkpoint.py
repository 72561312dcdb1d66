"""Does a weight file either fill the whole model or fail with the names of what does not fit?"""

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from emobench.backbones.checkpoint import load_checkpoint, read_state_dict, weightless
from emobench.domain.errors import DataError


@pytest.fixture
def model():
    """A model with weights and a buffer."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


@pytest.fixture
def weights():
    """Other weights for the same model."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).state_dict()


@pytest.fixture(params=("weights.safetensors", "weights.bin"))
def saved(request, tmp_path):
    """Saves a state dict in one of the two formats."""
    path = tmp_path / request.param

    def save(state):
        save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
        return path

    return save


def test_fills_the_model(model, weights, saved):
    """Every weight and buffer is the file's afterwards."""
    load_checkpoint(model, saved(weights))
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, weights[name])


def test_renames_and_leaves_out(model, weights, saved):
    """Published names are mapped onto the model's; what maps to None has no place in it."""
    published = {f"encoder.{name}": weight for name, weight in weights.items()} | {"head.weight": torch.zeros(2)}
    load_checkpoint(model, saved(published), rename=lambda name: name[8:] if name.startswith("encoder.") else None)
    assert torch.equal(model[0].weight, weights["0.weight"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"0.bias": None}, "missing: 0.bias"),
        ({"2.bias": torch.zeros(4)}, "unexpected: 2.bias"),
        ({"0.weight": torch.zeros(4, 2)}, r"of another shape: 0.weight \(4, 2\) instead of \(4, 3\)"),
    ],
)
def test_names_what_does_not_fit(model, weights, saved, change, complaint):
    """A missing, unexpected or reshaped weight stops the load, and the model keeps what it had."""
    before = model[0].weight.clone()
    state = {name: weight for name, weight in (weights | change).items() if weight is not None}
    with pytest.raises(DataError, match=complaint):
        load_checkpoint(model, saved(state))
    assert torch.equal(model[0].weight, before)


def test_names_the_first_few_of_many(model, saved):
    """Another model's file does not fill the screen."""
    with pytest.raises(DataError, match=r"unexpected: x0, x1, x10, .* and 92 more") as error:
        load_checkpoint(model, saved({f"x{index}": torch.zeros(1) for index in range(100)}))
    assert len(str(error.value)) < 600


@pytest.mark.parametrize(
    "content", [b"", b"<!DOCTYPE html>", b"\x80\x04garbage", b"PK\x03\x04cut off", bytes(range(256)) * 9]
)
@pytest.mark.parametrize("name", ["weights.safetensors", "weights.bin", "weights.pth"])
def test_what_is_no_weight_file_is_an_error_of_the_data(tmp_path, content, name):
    """Empty, foreign, cut off or random bytes: one kind of error, which names the file and its size."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"{name} cannot be read as a weight file.\nfound {len(content)} bytes"):
        read_state_dict(path)


def test_missing_file_is_named(tmp_path):
    """The path that was looked for is in the error."""
    with pytest.raises(DataError, match=r"nowhere\.pth is missing"):
        read_state_dict(tmp_path / "nowhere.pth")


@pytest.mark.parametrize(
    ("content", "shown"), [({"state_dict": {}, "epoch": 3}, "epoch, state_dict"), ([1, 2], "list")]
)
def test_other_contents_are_described(tmp_path, content, shown):
    """A training checkpoint is not guessed at: its keys are shown."""
    path = tmp_path / "weights.pth"
    torch.save(content, path)
    with pytest.raises(DataError, match=f"holds no state dict.\nfound: {shown}"):
        read_state_dict(path)


def test_no_code_in_a_weight_file_is_run(tmp_path):
    """A pickle that would call a function when it is read is refused."""

    class Trap:
        def __reduce__(self):
            return (print, ("run",))

    path = tmp_path / "weights.pth"
    torch.save({"0.weight": Trap()}, path)
    with pytest.raises(DataError, match="cannot be read"):
        read_state_dict(path)


def test_a_model_built_without_weights_gets_the_files(weights, saved):
    """A weightless model holds the file's numbers afterwards, in its own precision, and can be trained."""
    with weightless():
        hollow = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    half = {name: weight.half() if weight.is_floating_point() else weight for name, weight in weights.items()}
    load_checkpoint(hollow, saved(half))
    for name, weight in hollow.state_dict().items():
        assert weight.dtype == weights[name].dtype
        assert torch.equal(weight, half[name].to(weight.dtype))
    assert all(weight.requires_grad for weight in hollow.parameters())


def test_a_weight_that_is_never_read_may_be_missing_on_either_side(model, weights, saved):
    """What is named ``unused`` neither has to be in the file nor in the model; a hollow model gets zeros there."""
    with weightless():
        hollow = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    rest = {name: weight for name, weight in weights.items() if name != "0.bias"}
    load_checkpoint(hollow, saved(rest), unused=("0.bias", "extra"))
    assert torch.equal(hollow[0].bias, torch.zeros(4))
    load_checkpoint(model, saved({**weights, "extra": torch.zeros(1)}), unused=("extra",))
    assert torch.equal(model[0].weight, weights["0.weight"])


def test_shards_are_one_checkpoint(model, weights, tmp_path):
    """Weights may lie in several files; together they have to be all."""
    paths = []
    for number, (name, weight) in enumerate(weights.items()):
        paths.append(tmp_path / f"{number}.safetensors")
        save_file({name: weight}, paths[-1])
    load_checkpoint(model, paths)
    assert torch.equal(model[0].weight, weights["0.weight"])
    with pytest.raises(DataError, match=r"missing: 0\.bias"):
        load_checkpoint(model, [path for path in paths if "0.bias" not in load_file(path)])
