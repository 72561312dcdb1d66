"""What can go wrong when a corpus is fetched, verified and looked through, and what is said then?"""

import shutil
import stat
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import soundfile
from fault_stage import Scene, Stage
from hostile_archives import tar_file, zip_file
from loopback_site import Site, serving
from published_toys import described

from emobench.corpora import archive_sources
from emobench.testing.toys import RATE

TOPIC = "Data"
PLUGIN = '''"""A corpus that is published in an archive."""

from emobench import Archive, Dataset, hookimpl
from emobench.testing.toys import CORPUS, toy_clips

ARCHIVE = Archive.model_validate({archive!r})

@hookimpl
def emobench_datasets():
    yield Dataset(CORPUS.model_copy(update={{"name": "my-corpus", "archives": (ARCHIVE,)}}), clips=toy_clips)
'''
Pack = Callable[[Path, Path], object]
FETCH = ["data", "fetch", "my-corpus", "--accept-licence", "--plugin", "my_plugin.py"]


def _packed(corpus: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(corpus.iterdir()):
            archive.write(path, path.name)


def _fetch(
    pack: Pack = _packed, *more: str, behave: Callable[[Site], object] = lambda _: None, name: str = "my.zip",
    published: Callable[[Stage], object] = lambda _: None, **card: object,
) -> Callable[[Stage], list[str]]:  # fmt: skip
    """`data fetch` of a corpus whose archive is made by ``pack``, from a server that behaves as it is told."""

    def arrange(stage: Stage) -> list[str]:
        pack(stage.corpus, stage.folder / name)
        with ExitStack() as stack:
            site = stack.enter_context(serving())
            site.content = (stage.folder / name).read_bytes()
            url = site.url.replace("model.pth", name)
            archive = described(stage.folder / name, url, **card).model_dump()
            (stage.folder / "my_plugin.py").write_text(PLUGIN.format(archive=archive), "utf-8")
            (stage.folder / name).unlink()
            behave(site)
            stage.undo.append(stack.pop_all().close)
        stage.patch(archive_sources.Ways, "pause_seconds", 0.0)
        published(stage)
        return [*FETCH, *more]

    return arrange


def _small_disk(stage: Stage) -> None:
    usage = shutil.disk_usage(stage.folder)._replace(free=100_000)
    stage.patch(shutil, "disk_usage", lambda _: usage)


def _one(name: str, data: bytes, **more: int) -> Pack:
    return lambda _, target: zip_file(target, [(name, data)], **more)


def _cut(corpus: Path, target: Path) -> None:
    _packed(corpus, target)
    target.write_bytes(target.read_bytes()[:100_000])


def _bent(stage: Stage) -> list[str]:
    """A fetched corpus of which two files are harmed."""
    first, second = stage.corpus / "p0-calm-0.wav", stage.corpus / "p0-calm-1.wav"
    first.write_bytes(first.read_bytes()[:500])
    shutil.copy(second, stage.corpus / "p1-calm-0.wav")
    return ["data", "verify", "my-corpus", "--plugin", "my_plugin.py", "--data", "my-corpus=corpus"]


def _twice(stage: Stage) -> list[str]:
    shutil.copy(stage.corpus / "p0-calm-1.wav", stage.corpus / "p3-happy-0.wav")
    soundfile.write(stage.corpus / "p1-calm-1.wav", np.zeros(RATE // 4), RATE)
    return ["data", "audit", "my-corpus", "--plugin", "my_plugin.py", "--data", "my-corpus=corpus"]


def _nowhere(stage: Stage) -> list[str]:
    arguments = stage.run()
    return arguments[: arguments.index("--data")]


def _refused(site: Site) -> None:
    site.answers = [503] * 50


def _hangs_up(site: Site) -> None:
    site.stops = [len(site.content) // 2, *[0] * 50]


SAFE = "Nothing of it stays unpacked. Get the archive from its publisher, and give it as `--archive FILE`."
SCENES = (
    Scene(TOPIC, "A dataset is not at hand", _nowhere, 3, "`emobench data where` tells where every dataset is."),
    Scene(
        TOPIC, "A licence is not accepted", lambda stage: _fetch()(stage)[:3] + FETCH[4:], 3,
        "Nothing is downloaded before somebody has accepted the licence; that it was accepted is noted in the folder.",
    ),
    Scene(
        TOPIC, "The server does not answer", _fetch(behave=_refused), 3,
        "Without a network, bring the archive by hand: `emobench data fetch NAME --archive FILE`.",
    ),
    Scene(
        TOPIC, "The connection breaks again and again", _fetch(behave=_hangs_up), 3,
        "As long as something arrives it goes on by itself; what arrived stays for the next time.",
    ),
    Scene(
        TOPIC, "The archive is another one", _fetch(sha256="0" * 64), 3,
        "Try again. If it stays so, the publisher has changed the archive: please open an issue.",
    ),
    Scene(TOPIC, "There is no network, by request", _fetch(_packed, "--offline"), 3, "Leave `--offline` out once."),
    Scene(
        TOPIC, "The disk is too small for a corpus", _fetch(published=_small_disk), 1,
        "Room is looked for before anything is downloaded, and again before it is unpacked.",
    ),
    Scene(TOPIC, "An archive is truncated", _fetch(_cut), 3, SAFE),
    Scene(TOPIC, "An archive wants to write elsewhere", _fetch(_one("../outside.wav", b"x")), 3, SAFE),
    Scene(TOPIC, "An archive has an absolute name", _fetch(_one("/etc/outside.wav", b"x")), 3, SAFE),
    Scene(TOPIC, "An archive holds a link", _fetch(_one("a.wav", b"/etc", mode=stat.S_IFLNK | 0o777)), 3, SAFE),
    Scene(
        TOPIC, "A tar holds a device",
        _fetch(lambda _, target: tar_file(target, [("a.wav", b"")], kind=b"3"), name="my.tar.gz"), 3, SAFE,
    ),
    Scene(TOPIC, "An archive is a bomb", _fetch(_one("zeros.wav", bytes(20_000_000))), 3, SAFE),
    Scene(
        TOPIC, "Files differ from the published ones", _bent, 3,
        "Every file is decoded, and every difference is listed; `--json` has all of them. Fetch the corpus again.",
    ),
    Scene(
        TOPIC, "A corpus has the same audio twice", _twice, 4,
        "Copies in other folds, under other labels or of other people make every score too good, or meaningless. "
        "Leave them out in the dataset's plugin, and tell its maintainers.",
    ),
)  # fmt: skip
