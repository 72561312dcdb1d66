"""Is a record that somebody has changed ever accepted? Thousands of changed records, through all checks.

Run as ``python benchmarks/mutated_records.py [COUNT] [SEED]``; 10,000 take some minutes. It prints how many of every
kind were refused and accepted, so far when it is interrupted, and ends with 1 where a check raised, or where what was
found, asked or used could be changed.
What may be accepted: bits of `spent` and `where`, which nothing proves, bits of a table that say the same, and a wrong
answer in the place of another wrong one where no score tells them apart.
"""

import json
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from record_mutations import SMALLEST, copied, mutated, numbers_of, says_the_same

from emobench.leaderboard.board import Board, read_board
from emobench.leaderboard.checks.validation import looked_through

SHARES = (0.7, 0.1, 0.1, 0.1)  # of the mutations go to each record, most to the quickest
EVERY = 500  # mutations a line of progress


@dataclass
class Outcomes:
    """What became of the mutations so far.

    Attributes:
        done: how many were checked.
        of_kind: how many of a kind were refused, accepted or raised.
        rules: how often a rule refused.
        wrong: what may not be, told.
    """

    done: int = 0
    of_kind: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def main(count: int, seed: int) -> int:
    """Mutate, check, count; 1 where something was accepted or raised that may not, 130 when interrupted."""
    outcomes, begin, status = Outcomes(), time.perf_counter(), 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for _ in mutations(count, seed, outcomes):
            if outcomes.done % EVERY == 0:
                seconds = time.perf_counter() - begin
                print(f"{outcomes.done} of {count}, {seconds:.0f} s, {len(outcomes.wrong)} wrong", flush=True)
    except KeyboardInterrupt:
        status = 130
    print(f"{outcomes.done} of {count} mutations, seed {seed}, {time.perf_counter() - begin:.0f} s")
    for (kind, outcome), number in sorted(outcomes.of_kind.items()):
        print(f"{kind:16} {outcome:9} {number:6}")
    print("findings by rule:", dict(outcomes.rules.most_common()))
    print(f"{len(outcomes.wrong)} wrong")
    print("\n".join(outcomes.wrong[:20]))
    return 1 if outcomes.wrong else status


def mutations(count: int, seed: int, outcomes: Outcomes) -> Iterator[None]:
    """Check as many mutations, one at a time, and count them."""
    drawn = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as home:
        paths = [copied(Path(home) / str(place), *one) for place, one in enumerate(SMALLEST)]
        kept = [(path.read_bytes(), path.with_suffix(".parquet").read_bytes()) for path in paths]
        tables = [pq.read_table(path.with_suffix(".parquet")) for path in paths]
        boards = [read_board(path.parents[3]) for path in paths]
        for place in range(count):
            which = int(drawn.choice(len(paths), p=SHARES))
            path, (content, packed) = paths[which], kept[which]
            kind, told, file = mutated(drawn, content, json.loads(content), tables[which])
            path.write_bytes(told)
            path.with_suffix(".parquet").write_bytes(packed if file is None else file)
            about = f"{place} {kind} {path.name}"
            outcome = outcome_of(boards[which], path, about, outcomes)
            if outcome == "accepted" and (
                numbers_of(json.loads(told)) != numbers_of(json.loads(content))
                or ("cell" in kind and not says_the_same(tables[which], pq.read_table(path.with_suffix(".parquet"))))
            ):
                outcomes.wrong.append(f"{about}: accepted")
            outcomes.of_kind[kind, outcome] += 1
            outcomes.done += 1
            yield


def outcome_of(board: Board, path: Path, about: str, outcomes: Outcomes) -> str:
    """``refused``, ``accepted``, or ``raised``, which is wrong."""
    try:
        found = looked_through(board, path, placed=True)[0]
    except Exception:  # noqa: BLE001 - that is what is looked for
        outcomes.wrong.append(f"{about}: {traceback.format_exc()}")
        return "raised"
    for finding in found:
        finding.line().encode("utf-8")
        outcomes.rules[finding.rule] += 1
    return "refused" if found else "accepted"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0))
