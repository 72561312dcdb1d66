"""What do all data of the domain have in common?"""

from pydantic import BaseModel, ConfigDict, ValidationError

LONGEST = 200  # letters of a value that is shown


class Frozen(BaseModel):
    """Data that cannot change, refuses unknown fields, and holds no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def explain(problem: ValidationError) -> str:
    """One line per finding of pydantic: the field, what is wrong with it, and the value that was found."""
    return "\n".join(
        f"{'.'.join(str(part) for part in finding['loc']) or 'value'}: "
        f"{finding['msg'].lower().rstrip('.')} (found {_short(repr(finding['input']))})"
        for finding in problem.errors()
    )


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
