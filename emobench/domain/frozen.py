"""What do all data of the domain have in common?"""

from pydantic import BaseModel, ConfigDict, ValidationError


class Frozen(BaseModel):
    """Data that cannot change, refuses unknown fields, and holds no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def explain(problem: ValidationError) -> str:
    """One line per finding of pydantic: the field, what is wrong with it, and the value that was found."""
    return "\n".join(
        f"{'.'.join(str(part) for part in finding['loc']) or 'value'}: "
        f"{finding['msg'].lower().rstrip('.')} (found {finding['input']!r})"
        for finding in problem.errors()
    )
