"""What enters the first block of a model? Everything below it, computed once for every clip."""

from collections.abc import Callable, Sequence
from typing import Any

from emobench.catalog.contracts import AudioBatch, Entered
from emobench.domain.cards import BackboneCard
from emobench.domain.errors import EmobenchError
from emobench.domain.plan import PlannedClip
from emobench.features.turns import Ear, Heard, longest_first, through


def enter(
    ear: Ear, groups: Sequence[Sequence[PlannedClip]], advance: Callable[[int], None] = lambda _: None
) -> list[list[Entered]]:
    """What enters the first block, clip by clip in the order of the groups: one `Entered` for every piece of a clip.

    Each has a ``state`` of (1, frames, width) float32 without padding, on the CPU, whatever the device and precision.

    Args:
        ear: its module `Resumes`, and no PEFT method has been applied to it.
        groups: clips that go through together, where the card and the budget allow it.
        advance: told how many clips have entered.

    Raises:
        EmobenchError: what the module raises, with its name; shapes that do not fit the batch, NaN; memory is too
            small, with the budget that fits.
        DataError: audio that cannot be read any more.
    """
    found: dict[int, list[list[Entered]]] = {}

    def take(place: int, clips: list[list[Entered]]) -> None:
        found[place] = clips
        advance(len(clips))

    longest_first(ear, groups, _clips, take)
    return [clip for place in range(len(groups)) for clip in found[place]]


def _clips(ear: Ear, heard: Heard) -> list[list[Entered]]:
    """The pieces of each clip."""
    names, rows = heard.names(), list[Entered]()
    for batch in heard.batches:
        entered = _entered(ear, batch)
        part = names[len(rows) : len(rows) + len(batch.lengths)]
        _check(ear.plan.card, entered, part)
        rows += rows_of(entered)
    ends = [sum(heard.pieces[: number + 1]) for number in range(len(heard.pieces))]
    return [rows[end - count : end] for end, count in zip(ends, heard.pieces, strict=True)]


def rows_of(entered: Entered) -> list[Entered]:
    """Cut what entered together into clips: ``state`` (1, frames, width) float32, copied without padding to the CPU."""
    found = []
    for row in range(len(entered.samples)):
        frames = entered.state.shape[1] if entered.frames is None else int(entered.frames[row])
        found.append(
            Entered(
                state=entered.state[row : row + 1, :frames].detach().float().cpu().clone(),
                samples=entered.samples[row : row + 1].cpu().clone(),
                below=tuple(layer[row : row + 1].detach().float().cpu().clone() for layer in entered.below),
            )
        )
    return found


def _entered(ear: Ear, batch: AudioBatch) -> Entered:
    """What enters for one batch, on the device."""
    module: Any = ear.module
    entered = through(ear, batch, module.enter)
    if not isinstance(entered, Entered):
        what = f"backbone '{ear.plan.card.name}': enter has to return Entered."
        raise EmobenchError(what, found=f"found: {type(entered).__name__}")
    return entered


def _check(card: BackboneCard, entered: Entered, clips: Sequence[str]) -> None:
    """Hold what entered against the batch; ``clips`` names each of its rows."""
    state, frames = entered.state, entered.frames
    told = [state, entered.samples, *entered.below, *(() if frames is None else (frames,))]
    rows = [tuple(values.shape[:1]) for values in told]
    lengths = [*state.shape[1:2]] if frames is None else frames.flatten().tolist()
    fits = state.ndim == 3 and set(rows) == {(len(clips),)}
    if not fits or not 1 <= min(lengths) <= max(lengths) <= state.shape[1]:
        raise EmobenchError(
            f"backbone '{card.name}': what enters its first block does not fit the batch.",
            found=f"{len(clips)} clips, state {tuple(state.shape)}, frames {lengths[:8]}",
            remedy="Entered holds a state of (batch, frames, width), and at least one frame of each clip.",
        )
    for row, clip in enumerate(clips):
        own = state[row] if frames is None else state[row, : int(frames[row])]
        if not all(bool(values.isfinite().all()) for values in (own, *(layer[row] for layer in entered.below))):
            raise EmobenchError(
                f"backbone '{card.name}' gives NaN or infinity below its first block.",
                found=f"clip: {clip}",
                remedy="Try --precision fp32; otherwise the model or the audio is at fault.",
            )
