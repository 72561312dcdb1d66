"""What does comparing named records take? Two or more, none of them twice, read and held against the first."""

from collections.abc import Sequence
from pathlib import Path

from emobench.domain.errors import UsageError
from emobench.leaderboard.comparing.comparison import compare
from emobench.leaderboard.comparing.differences import Comparison
from emobench.leaderboard.comparing.measured import Measured, read_measured
from emobench.leaderboard.comparing.named_records import file_of


def held_against(names: Sequence[str], boards: Path) -> tuple[list[Measured], list[Comparison]]:
    """What was measured, and every record held against the first.

    Args:
        names: files of records, or beginnings of keys of records on boards; the first is the reference.
        boards: the folder that holds the boards.

    Raises:
        UsageError: a single record, one that stands there twice, or a beginning that several keys have.
        DataError: a file that is missing or cannot be read.
        CheckError: records that cannot be compared, with the reason, or one that was changed.
    """
    if len(names) < 2:
        raise UsageError("there is nothing to compare it with.", found=names[0], remedy="Name two records or more.")
    files = [file_of(name, boards) for name in names]
    given = [read_measured(path) for path in files]
    sealed = [(one.record.key, one.record.found_digest, one.record.predictions_digest) for one in given]
    for place, seal in enumerate(sealed):
        if seal in sealed[:place]:
            other = files[sealed.index(seal)]
            raise UsageError("the same record stands there twice.", found=f"'{other}' and '{files[place]}'")
    return given, compare(given)
