"""Is a record that somebody has changed ever accepted? Thousands of changed records, through all checks.

Run as ``python benchmarks/mutated_records.py [COUNT] [SEED]``; 10,000 take some minutes. It prints how many of every
kind were refused and accepted, and ends with 1 where a check raised, or where what was found, asked or used could be
changed.
What may be accepted: bits of `spent` and `where`, which nothing proves, and bits of a table that say the same.
"""

import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from record_mutations import SMALLEST, copied, mutated, numbers_of

from emobench.leaderboard.board import read_board
from emobench.leaderboard.checks.findings import Finding
from emobench.leaderboard.checks.validation import looked_through

SHARES = (0.7, 0.1, 0.1, 0.1)  # of the mutations go to each record, most to the quickest


def main(count: int, seed: int) -> int:
    """Mutate, check, count; 1 where something was accepted or raised that may not."""
    drawn = np.random.default_rng(seed)
    outcomes: Counter[tuple[str, str]] = Counter()
    rules: Counter[str] = Counter()
    wrong, begin = [], time.perf_counter()
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
            try:
                found: list[Finding] | None = looked_through(boards[which], path, placed=True)[0]
            except Exception:  # noqa: BLE001 - that is what is looked for
                found = None
                wrong.append(f"{place} {kind} {path.name}: {traceback.format_exc()}")
            outcome = "raised" if found is None else ("refused" if found else "accepted")
            outcomes[kind, outcome] += 1
            for finding in found or ():
                finding.line().encode("utf-8")
                rules[finding.rule] += 1
            if outcome == "accepted" and (
                numbers_of(json.loads(told)) != numbers_of(json.loads(content)) or (file is not None and "cell" in kind)
            ):
                wrong.append(f"{place} {kind} {path.name}: accepted")
    print(f"{count} mutations, seed {seed}, {time.perf_counter() - begin:.0f} s")
    for (kind, outcome), number in sorted(outcomes.items()):
        print(f"{kind:16} {outcome:9} {number:6}")
    print("findings by rule:", dict(rules.most_common()))
    print(f"{len(wrong)} wrong")
    print("\n".join(wrong[:20]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0))
