"""How do pictures of `cross_domain` records look alike? One colour and one shape a condition."""

from collections.abc import Mapping

from emobench.tasks.pair_predictions import ALIGNED, DIRECT, TARGET_ONLY, TWO_STAGE

# Okabe & Ito (2008): told apart by colour-blind readers; shapes differ as well.
COLOURS: Mapping[str, str] = {DIRECT: "#e69f00", ALIGNED: "#009e73", TARGET_ONLY: "#5c5c5c", TWO_STAGE: "#0072b2"}
MARKERS: Mapping[str, str] = {DIRECT: "v", ALIGNED: "^", TARGET_ONLY: "s", TWO_STAGE: "o"}
METHOD_COLOURS = ("#0072b2", "#d55e00")
LIGHT = "#e4e4e4"
