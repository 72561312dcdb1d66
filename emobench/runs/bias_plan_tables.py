"""How is the plan of `fad_bias` shown? What labels are called, what is left out, whose people they are."""

from typing import Any

from emobench.domain.bias import FRAMES
from emobench.domain.plan import Plan
from emobench.runs.pair_plan_tables import matched_data, matched_facts


def bias_data(plan: Plan) -> dict[str, Any]:
    """A pair whose emotions are held apart, as plain data."""
    bias = plan.the_bias
    return {**matched_data(bias), "view": bias.options.view, "too_few": dict(bias.too_few)}


def bias_facts(data: dict[str, Any]) -> list[str]:
    """The pair as text, a line each."""
    people = data["common_people"]
    return [
        *matched_facts(data),
        *(f"left out: {emotion}: {reason}" for emotion, reason in data["too_few"].items()),
        f"{people} people in both" if people else "no people in both",
        *([f"up to {FRAMES} frames of every clip and layer are kept, too"] if data["view"] == "frames" else []),
    ]
