"""Does the peak of a piece of work hold that work, and not what came before it?"""

import sys

import pytest
import torch

from emobench.runs.peak_memory import forget_peak, peak_bytes

CPU = torch.device("cpu")


def hold(megabytes):
    torch.ones(megabytes * 2**20, dtype=torch.uint8)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forgets a peak")
def test_a_peak_is_forgotten():
    """After 200 MB were held and given back, the next piece's peak is lower by about that."""
    forget_peak(CPU)
    hold(200)
    large = peak_bytes(CPU)
    forget_peak(CPU)
    hold(10)
    small = peak_bytes(CPU)
    assert large - small > 150 * 2**20
