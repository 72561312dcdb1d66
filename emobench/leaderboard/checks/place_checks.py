"""Does a record stand where it belongs, under names that agree, among the files that it may have?"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from emobench.domain.cards import folder_of
from emobench.domain.record import Record
from emobench.domain.stages import PROTOCOLS, STAGES, TASK_STAGES
from emobench.leaderboard.admission import refusal
from emobench.leaderboard.board import Board
from emobench.leaderboard.checks.findings import Finding
from emobench.leaderboard.checks.identity_checks import Problem
from emobench.leaderboard.checks.picture_checks import LARGEST_SVG, picture_problems
from emobench.leaderboard.entry_files import REQUIRED, pictures_of


def name_problems(record: Record) -> Iterator[Problem]:
    """Whether what was asked and what was used have the same names, and known versions."""
    asked, used = record.asked, record.used
    pairs = [("backbone", asked["backbone"], used["backbone"]["card"]["name"])]
    pairs += [("attribute", asked["attribute"], used["attribute"]["name"])]
    pairs += [("dataset", name, data["card"]["name"]) for name, data in _used_datasets(record).items()]
    for what, wanted, found in pairs:
        if wanted != found:
            yield "names", f"{what} asked is '{wanted}', used is '{found}'"
    names = asked["datasets"] if "datasets" in asked else [asked["dataset"]]
    if "datasets" in used and sorted(used["datasets"]) != sorted(set(names)):
        yield "names", f"datasets asked are {', '.join(names)}, used are {', '.join(used['datasets'])}"
    if asked["backbone"].endswith("@random") and not used["backbone"]["card"].get("random"):
        yield "names", "a control by name whose card says that it is none"
    yield from _weights(record)
    yield from _protocol(record)


def _used_datasets(record: Record) -> Mapping[str, dict[str, dict[str, str]]]:
    used = record.used
    return used["datasets"] if "datasets" in used else {str(record.asked["dataset"]): used["dataset"]}


def _weights(record: Record) -> Iterator[Problem]:
    """Weights that are said to be the card's have its digest."""
    backbone = record.used["backbone"]
    told, card = backbone["identity"]["weights"], backbone["card"].get("weights") or {}
    digests = {told.get("digest"), *(told.get("files") or {}).values()}
    expected = card.get("sha256")
    if None not in (expected, told.get("matches_card")) and told["matches_card"] != (expected in digests):
        yield "names", f"weights match the card: {told['matches_card']}, their digests say otherwise"


def _protocol(record: Record) -> Iterator[Problem]:
    task, told = record.asked["task"], record.used["protocol"]
    if (told["name"], told["version"]) != (task, PROTOCOLS[task]):
        found, known = f"{told['name']} {told['version']}", f"{task} {PROTOCOLS[task]}"
        yield "protocol", f"protocol {found}, known is {known}"
    needed = {name for name in TASK_STAGES[task] if name != "frames"}
    for name, version in told["stages"].items():
        if name not in TASK_STAGES[task] or not 1 <= version <= STAGES[name]:
            yield "protocol", f"stage {name} {version}, known is {STAGES.get(name, 'none of that name')}"
    missing = needed - told["stages"].keys()
    if missing:
        yield "protocol", f"no version of stages {', '.join(sorted(missing))}"


def place_problems(record: Record, path: Path) -> Iterator[Problem]:
    """Whether a file stands at ``<task>/<backbone>/<key12>.json``."""
    expected = (str(record.asked["task"]), folder_of(str(record.asked["backbone"])), f"{record.key[:12]}.json")
    found = path.absolute().parts[-3:]
    if found != expected:
        yield "place", f"it stands at {'/'.join(found)}, expected {'/'.join(expected)}"


def picture_findings(record: Record, path: Path) -> Iterator[Finding]:
    """Whether the pictures of a record are there and harmless."""
    task = str(record.asked["task"])
    for ending in pictures_of(task):
        picture = path.with_suffix(ending)
        if not picture.is_file():
            if ending in REQUIRED[task]:
                yield Finding("files", path, f"no picture '{picture.name}' beside it")
            continue
        if picture.stat().st_size > LARGEST_SVG:
            yield Finding("files", picture, f"{picture.stat().st_size} bytes, at most {LARGEST_SVG}")
            continue
        for wrong in picture_problems(picture.read_bytes()):
            yield Finding("pictures", picture, wrong)


def admission_problems(record: Record, board: Board) -> Iterator[Problem]:
    """Whether the board takes such a record."""
    reason = refusal(board, record)
    if reason:
        yield "admission", f"the board '{board.name}' does not take it: {reason}"
