"""Which laws does the audio of a dataset keep? It can be decoded, is what the card says, and is made alike twice."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from emobench.audio.scan import Fault
from emobench.audio.segment import plan_clip
from emobench.corpora.corpus_files import files_below
from emobench.corpora.unusable import reason_lines
from emobench.domain.names import on_one_line
from emobench.domain.plan import AudioFacts
from emobench.testing.dataset.subject import DatasetTrial
from emobench.testing.laws import Answer, broken, kept, unasked

SHOWN = 3


def audio_readable(trial: DatasetTrial) -> Answer:
    """Every clip's file is there, and can be decoded from its beginning to its end."""
    bad = {clip.id: fault.reason for clip in trial.clips if isinstance(fault := trial.facts[clip.path], Fault)}
    return _told(bad) if bad else kept(f"{len(trial.facts):,} files")


def sample_rate(trial: DatasetTrial) -> Answer:
    """Files have the card's sample rate; a derived copy may have a lower one, generated audio never."""
    rates = Counter(facts.rate for facts in trial.facts.values() if isinstance(facts, AudioFacts))
    said = trial.card.sample_rate
    other = (
        {rate for rate in rates if rate != said} if trial.card.generated else {rate for rate in rates if rate > said}
    )
    found = ", ".join(f"{times:,} files at {rate:,} Hz" for rate, times in sorted(rates.items()))
    if other:
        return broken(f"{found}; the card says {said:,} Hz")
    return kept(found if set(rates) == {said} else f"a derived copy: {found}; the card says {said:,} Hz")


def segments_inside(trial: DatasetTrial) -> Answer:
    """Every clip begins before it ends, lies inside its file, lasts an hour at most, and holds sound."""
    bad = {
        clip.id: planned.reason
        for clip in trial.clips
        if isinstance(planned := plan_clip(clip, trial.facts[clip.path]), Fault)
    }
    return _told(bad) if bad else kept(f"{len(trial.clips):,} clips")


def generated(trial: DatasetTrial) -> Answer:
    """A generated dataset fills an empty folder, twice with the same files, byte for byte."""
    generate = trial.dataset.generate
    if not trial.card.generated:
        return unasked("not generated") if generate is None else broken("has generate, and its card does not say so")
    if generate is None:
        return broken("the card says generated, and there is no generate(root)")
    made = []
    for name in ("one", "two"):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve() / name
            root.mkdir()
            generate(root)
            made.append(_bytes_below(root))
    if not made[0]:
        return broken("generate(root) leaves the folder empty")
    differing = sorted(file for file in made[0].keys() | made[1].keys() if made[0].get(file) != made[1].get(file))
    if differing:
        some = ", ".join(map(on_one_line, differing[:SHOWN]))
        return broken(f"files that differ the second time: {len(differing):,}, such as {some}")
    return kept(f"{len(made[0]):,} files, the same twice")


def _told(bad: Mapping[str, str]) -> Answer:
    """The reasons against clips, without paths."""
    lines = list(reason_lines(bad))
    more = f"; and {len(lines) - SHOWN} kinds more" if len(lines) > SHOWN else ""
    return broken("; ".join(lines[:SHOWN]) + more)


def _bytes_below(root: Path) -> Mapping[str, str]:
    """The digest of every file below a folder, by its place."""
    found = {}
    for path in files_below(root):
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(root).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
