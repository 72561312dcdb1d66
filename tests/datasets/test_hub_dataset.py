"""Can a stranger's folder do more than be read or be refused?"""

import errno
import gc
import threading

import pytest
from own_tables import write_audio_folder, write_tones

from emobench.datasets.hub_dataset import read_table, write_table
from emobench.domain.errors import DataError

# The library reads metadata.csv through handles that it leaves to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture
def folder(tmp_path):
    """A folder of audio with metadata."""
    rows = write_tones(tmp_path / "source", speakers=("ann",), takes=1)
    return write_audio_folder(tmp_path / "folder", tmp_path / "source", rows)


@pytest.fixture
def written(tmp_path, folder):
    """Reads the folder as a dataset, and gives the rows of its table."""

    def written():
        into = tmp_path / "into"
        into.mkdir()
        write_table("hf:me/toy", folder, into, "audio", None, None)
        return read_table(into).rows

    yield written
    gc.collect()  # while the warning about those handles is not heard


def configs(text):
    return f"---\nconfigs: {text}\n---\n"


NESTED = "".join(f"a{place}: &a{place} [{', '.join([f'*a{place - 1}'] * 9)}]\n" for place in range(1, 12))
STRANGE = {
    "no YAML": ("README.md", configs("["), "ParserError"),
    "an object of Python": ("README.md", configs("!!python/object/apply:os.getpid []"), "ConstructorError"),
    "a list in itself": ("README.md", configs("&a [*a]"), "refers to itself"),
    "lines that unfold to billions": ("README.md", f"---\na0: &a0 [x]\n{NESTED}configs: *a11\n---\n", "refers to"),
    "no Unicode": ("README.md", "\xff", "UnicodeDecodeError"),
    "a broken archive": ("clips.zip", "PK\x03\x04", "BadZipFile"),
    "unknown features": (
        "README.md", "---\ndataset_info:\n  features:\n  - name: audio\n    dtype: noise\n---\n", "'Noise' not found",
    ),
    "a hidden description": (".huggingface.yaml", "configs: []\n", "has a hidden description"),
}  # fmt: skip


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.timeout(60)
def test_strange_folders_are_refused(written, folder, kind):
    """Descriptions and archives that cannot be read, or never to their end, are an error in our words, and soon."""
    name, content, hint = STRANGE[kind]
    if name.endswith(".zip"):
        (folder / "metadata.csv").unlink()
    (folder / name).write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError, match=hint):
        written()


@pytest.mark.parametrize("program", ["clips/clips.py", "toy.py", "folder.py"])
def test_programs_of_a_folder_are_never_run(written, folder, tmp_path, program):
    """A program beside the data does nothing; one that is called as the folder, as loaders were, is refused, too."""
    (folder / program).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    if program == "folder.py":
        with pytest.raises(DataError, match=r"found folder\.py"):
            written()
    else:
        assert len(written()) == 3
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped by the library"])
def test_a_full_disk_is_no_fault_of_the_data(written, monkeypatch, wrapped):
    """What the disk says passes as it is, also where the library made another error of it."""
    import datasets

    def full(*_arguments, **_options):
        problem = OSError(errno.ENOSPC, "No space left on device", "somewhere")
        if wrapped:
            raise datasets.exceptions.DatasetGenerationError("An error occurred") from problem
        raise problem

    monkeypatch.setattr(datasets.DatasetBuilder, "download_and_prepare", full)
    with pytest.raises(OSError, match="No space left on device"):
        written()


def test_no_thread_is_left(written):
    """Reading a dataset leaves no thread of the library behind."""
    before = threading.active_count()
    written()
    assert threading.active_count() == before
