"""Which version is each stage that produces numbers? Raised by hand when its numbers change; golden tests remind."""

from collections.abc import Mapping

STAGES: Mapping[str, int] = {
    "reading": 1,  # decode, mono, resample, level
    "extraction": 2,  # pieces and padding, batching, forward, pooling
    "probes": 1,  # standardising, fitting, choosing
    "layerwise": 1,  # predictions -> scores and intervals
}
PROTOCOLS: Mapping[str, int] = {"layerwise": 1}
RANDOM_SEED = 0
