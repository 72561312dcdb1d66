"""Which version is each stage that produces numbers? Raised by hand when its numbers change; golden tests remind."""

from collections.abc import Mapping

STAGES: Mapping[str, int] = {
    "reading": 1,  # decode, mono, resample, level
    "extraction": 2,  # pieces and padding, batching, forward, pooling
    "probes": 1,  # standardising, fitting, choosing
    "layerwise": 1,  # predictions -> scores and intervals
    "transfer": 1,  # convex heads carried over from one domain to the other
    "training": 1,  # the training loop and its courses
    "cross_domain": 1,  # predictions -> scores, gains and intervals
    "frames": 1,  # which frames of a clip are kept
    "distances": 1,  # features -> matrices of distances between emotions
    "fad_bias": 1,  # matrices -> scores and intervals
}
TASK_STAGES: Mapping[str, tuple[str, ...]] = {
    "layerwise": ("reading", "extraction", "probes", "layerwise"),
    "cross_domain": ("reading", "extraction", "probes", "transfer", "training", "cross_domain"),
    "fad_bias": ("reading", "extraction", "frames", "distances", "fad_bias"),
}
PROTOCOLS: Mapping[str, int] = {"layerwise": 1, "cross_domain": 1, "fad_bias": 1}
RANDOM_SEED = 0
