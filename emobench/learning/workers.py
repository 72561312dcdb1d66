"""How do many fits share the cores? Each has a thread of its own, so that the number of threads changes no bit.

The products of one fit are too small to be shared: two threads in one of them gain a fifth on idle cores, and wait for
each other most of the time where another process is at work.
"""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from emobench.learning.linear import Probes, side_by_side
from emobench.learning.problems import Problems, gathered

# Bytes of clips that one fit reads at every step: what a processor's caches hold, what keeps an accelerator busy.
AT_ONCE = defaultdict(lambda: 2**29, cpu=2**23)


def fit_parts(features: Tensor, training: Tensor, fit: Callable[[Problems], Probes]) -> Probes:
    """Fit the problems a few at a time, on as many threads as torch has, and put the probes side by side.

    Args:
        features: (layers, clips, width) float32.
        training: (problems, clips) bool.
        fit: what to do with problems that are gathered and standardised.
    """
    parts = training.split(_at_once(features, training))

    def work(part: Tensor) -> Probes:
        return fit(gathered(features, part))

    threads = torch.get_num_threads()
    if threads == 1 or features.device.type != "cpu":
        return side_by_side([work(part) for part in parts])
    try:
        with ThreadPoolExecutor(min(threads, len(parts)), initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return side_by_side(list(pool.map(work, parts)))
    finally:
        torch.set_num_threads(threads)  # what new threads begin with


def _at_once(features: Tensor, training: Tensor) -> int:
    """How many problems make a part; their number of threads must not matter here."""
    layers, _, width = features.shape
    longest = int(training.sum(1).max())
    return max(1, AT_ONCE[features.device.type] // (4 * layers * longest * min(longest, width)))
