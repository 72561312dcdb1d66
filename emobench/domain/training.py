"""Which options does training have, and what are their defaults? They are `--set train.key=value`."""

from typing import Any

from pydantic import Field, field_validator

from emobench.domain.canonical import rounded
from emobench.domain.frozen import Frozen


class TrainOptions(Frozen):
    """How a PEFT method is trained: AdamW, a warm-up and a cosine, stopped on development people."""

    epochs: int = Field(default=20, ge=1, le=1000, description="at most so many passes over the training clips")
    batch: int = Field(default=16, ge=2, le=4096, description="clips a step; the clips of a pass are shared out evenly")
    learning_rate: float | None = Field(
        default=None, gt=0, le=1, description="AdamW's, at the end of the warm-up; None: what the method's card says"
    )
    weight_decay: float = Field(default=0.01, ge=0, le=1, description="AdamW's, on everything that learns")
    patience: int = Field(
        default=4, ge=1, description="stop after so many passes without a better development score; the best one counts"
    )
    warm_up: float = Field(
        default=0.05, ge=0, lt=1, description="the part of all planned steps over which the rate rises; then a cosine"
    )
    clip: float = Field(default=1.0, gt=0, description="the largest norm of a step's gradient")
    fraction: tuple[float, ...] = Field(
        default=(1.0,), description="parts of the target's training clips to learn from; 1 is always among them"
    )
    save_adapters: bool = Field(default=False, description="keep what was learned, beside the record")

    @field_validator("fraction", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, (int, float)) else value

    @field_validator("fraction")
    @classmethod
    def _parts_of_one(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or min(value) <= 0 or max(value) > 1:
            raise ValueError("fractions lie above 0 and at most at 1, and there is at least one")
        return tuple(sorted({1.0, *(rounded(part) for part in value)}))  # as records store them
