"""Are the weights of a first stage what they were, or refused?"""

from contextlib import suppress

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.errors import EmobenchError
from emobench.runs.training_weights import read_weights, write_weights


def weights():
    generator = torch.Generator().manual_seed(0)
    return {"head.linear.weight": torch.randn(3, 4, generator=generator), "head.centre": torch.tensor(2.0)}


def test_what_is_read_is_what_was_written(tmp_path):
    """Names, shapes and bits come back, of numbers without a shape too."""
    write_weights(weights(), tmp_path / "w")
    found = read_weights(tmp_path / "w")
    assert found.keys() == weights().keys()
    assert all(torch.equal(found[name], value) for name, value in weights().items())


@given(st.data())
def test_one_changed_bit_is_noticed(tmp_path_factory, data):
    """A file with a flipped bit anywhere is refused and set aside, never read as other weights."""
    path = tmp_path_factory.mktemp("weights") / "w"
    write_weights(weights(), path)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with suppress(EmobenchError):  # or a blank of the header became another blank: then nothing that is read differs
        found = read_weights(path)
        assert all(torch.equal(found[name], value) for name, value in weights().items())
        return
    assert not path.exists()


def test_weights_that_are_gone_are_told(tmp_path):
    """Weights that have vanished are an error that says what to do."""
    with pytest.raises(EmobenchError, match="have vanished"):
        read_weights(tmp_path / "w")
