"""Does an archive unpack to exactly its files, and is everything else refused with nothing outside touched?"""

import errno
import hashlib
import tarfile
import unicodedata
import zipfile

import pytest
from hostile_archives import GOOD, ZEROS, tar_file, tree, zip_file
from hypothesis import given
from hypothesis import strategies as st

from emobench.domain.errors import DataError, StorageError
from emobench.files import archive_members, unpacking
from emobench.files.unpacking import digests, unpack, unpacked_bytes

MAKERS = {"zip": zip_file, "tar.gz": tar_file, "tar": lambda path, members: tar_file(path, members, packing="")}


@pytest.fixture
def refused(tmp_path):
    """Unpacks what must be refused; gives the error's text, and holds that nothing outside the folder was touched."""

    def attempt(archive):
        folder = tmp_path / "target"
        folder.mkdir(exist_ok=True)
        before = {name: data for name, data in tree(tmp_path).items() if not name.startswith("target")}
        with pytest.raises(DataError, match="cannot be unpacked") as caught:
            unpack(archive, folder)
        assert before == {name: data for name, data in tree(tmp_path).items() if not name.startswith("target")}
        with pytest.raises(DataError, match="cannot be unpacked"):
            digests(archive)
        assert caught.value.exit_code == 3
        assert "published one again" in caught.value.remedy
        return caught.value.found

    return attempt


@pytest.mark.parametrize("kind", MAKERS)
def test_what_comes_out_is_what_went_in(kind, tmp_path):
    """Every file has its bytes, its size and its digest; the total is known before; progress ends with all of all."""
    archive = MAKERS[kind](tmp_path / f"archive.{kind}", GOOD.items())
    seen = []
    (tmp_path / "out").mkdir()
    found = unpack(archive, tmp_path / "out", lambda done, total: seen.append((done, total)))
    files = {name: data for name, data in tree(tmp_path / "out").items() if data is not None}
    assert files == GOOD
    assert {name: file.sha256 for name, file in found.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in GOOD.items()
    }
    total = sum(map(len, GOOD.values()))
    assert seen[-1] == (total, total)
    assert unpacked_bytes(archive) == total
    assert digests(archive) == found


@pytest.mark.parametrize("kind", MAKERS)
def test_what_macos_adds_is_left_out(kind, tmp_path):
    """``__MACOSX``, ``._name`` and ``.DS_Store`` are no files of a corpus."""
    junk = {"__MACOSX/a/._a.wav": b"1", "Actor_01/._a.wav": b"2", ".DS_Store": b"3", "a/.DS_Store": b"4"}
    archive = MAKERS[kind](tmp_path / "archive", [*junk.items(), *GOOD.items()])
    assert set(unpack(archive, tmp_path / "out")) == set(GOOD)


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/evil", "//server/evil", "C:\\evil", "C:evil", "a/D:/evil", "..\\evil", "\\evil",
     "a\\..\\..\\evil", "two\nlines", "x" * 300, "a/" * 600 + "x"],
)  # fmt: skip
@pytest.mark.parametrize("kind", MAKERS)
def test_names_that_lead_elsewhere_are_refused(kind, name, refused, tmp_path):
    """Absolute names, drive letters, ``..`` with either slash, control characters and endless names are refused."""
    found = refused(MAKERS[kind](tmp_path / "archive", [*GOOD.items(), (name, b"x")]))
    assert "leads outside" in found or "no name of a file" in found or "too long a name" in found
    assert not tree(tmp_path / "target")


@pytest.mark.parametrize(
    "names",
    [("a.wav", "a.wav"), ("A.wav", "a.wav"), ("b/a.wav", "B/a.wav"), ("a", "a/b"), ("a/b", "A"), ("a/./b", "a/b"),
     (unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é"))],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("kind", MAKERS)
def test_names_that_collide_are_refused(kind, names, refused, tmp_path):
    """Two names that are one file, here or on a disk that knows no case, are refused before anything is written."""
    found = refused(MAKERS[kind](tmp_path / "archive", [(name, b"x") for name in names]))
    assert "would be one file" in found or "is a file and a folder" in found
    assert not tree(tmp_path / "target")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(kind, refused, tmp_path):
    """A link, wherever it leads, and a device are never made."""
    assert "is a link" in refused(tar_file(tmp_path / "archive", [("a", b"")], kind, linkname="labels.csv"))


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140666])
def test_links_and_devices_in_a_zip_are_refused(mode, refused, tmp_path):
    """Links and devices that a zip carries as modes of files are not unpacked as files either."""
    assert "is a link" in refused(zip_file(tmp_path / "archive", [("a", b"/etc/passwd")], mode))


@pytest.mark.parametrize("kind", MAKERS)
def test_a_bomb_is_refused_before_it_is_unpacked(kind, refused, tmp_path):
    """A thousand bytes for one: nothing is written. A tar that nobody packed has no ratio and is no bomb."""
    archive = MAKERS[kind](tmp_path / "archive", [("zeros.wav", ZEROS)])
    if kind == "tar":
        assert unpacked_bytes(archive) == len(ZEROS)
        return
    assert len(ZEROS) > 900 * archive.stat().st_size
    assert "far more than it should" in refused(archive)
    assert not tree(tmp_path / "target")


def test_a_bomb_in_many_small_parts_is_refused(refused, tmp_path):
    """Members that are each too small to be one are a bomb together."""
    archive = zip_file(tmp_path / "archive", [(f"{number}.wav", ZEROS[:500_000]) for number in range(30)])
    assert "far more than it should" in refused(archive)


def test_a_member_that_hides_its_size_is_refused(refused, tmp_path):
    """A zip whose directory declares less than comes out never writes more than was declared."""
    archive = zip_file(tmp_path / "archive", [("a.wav", ZEROS)], file_size=10)
    assert "damaged" in refused(archive)
    assert all(len(data) <= 10 for data in tree(tmp_path / "target").values() if data)


def test_encrypted_members_are_refused(refused, tmp_path):
    """A zip with a password is refused as such, before anything is written."""
    assert "is encrypted" in refused(zip_file(tmp_path / "archive", [("a.wav", b"x")], flag_bits=1))


@pytest.mark.parametrize("kind", MAKERS)
def test_far_too_many_members_are_refused(kind, refused, tmp_path, monkeypatch):
    """Above a limit an archive is refused by its list alone."""
    monkeypatch.setattr(archive_members, "MOST_MEMBERS", 10)
    archive = MAKERS[kind](tmp_path / "archive", [(f"{number}.wav", b"x") for number in range(11)])
    assert "more than 10 files" in refused(archive)


@pytest.mark.parametrize("kind", MAKERS)
def test_half_an_archive_is_refused(kind, refused, tmp_path):
    """Wherever an archive was cut off, also between two members, it is damaged."""
    whole = MAKERS[kind](tmp_path / "whole", GOOD.items()).read_bytes()
    last = 4_608 if kind == "tar" else len(whole) - 1  # what follows a tar's first zero block is padding
    for length in {0, 1, 2, 511, 512, 1_024, 1_536, 3_072, len(whole) // 2, last - 1, last}:
        if length <= last:
            (tmp_path / "archive").write_bytes(whole[:length])
            assert "damaged or truncated" in refused(tmp_path / "archive"), length


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_a_flipped_bit_is_noticed(kind, refused, tmp_path):
    """Bytes that are not those that were packed do not come out as if they were."""
    stored = {"packing": zipfile.ZIP_STORED} if kind == "zip" else {}
    archive = MAKERS[kind](tmp_path / "archive", [("a.wav", bytes(range(256)) * 40)], **stored)
    damaged = bytearray(archive.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    archive.write_bytes(damaged)
    assert "damaged" in refused(archive)


@pytest.mark.parametrize("data", [b"", b"PK", b"<html>log in</html>" * 100, b"\x1f\x8bnothing", bytes(10_240)])
def test_what_is_no_archive_is_refused(data, tmp_path):
    """A page of a login, an empty file and noise are no archives; zeros are an empty one and hold no files."""
    (tmp_path / "archive").write_bytes(data)
    if any(data):
        with pytest.raises(DataError, match="cannot be unpacked"):
            unpack(tmp_path / "archive", tmp_path)
    elif data:
        assert unpack(tmp_path / "archive", tmp_path) == {}


@pytest.mark.parametrize("name", ["absent", "."])
def test_an_archive_that_cannot_be_read_is_told(name, tmp_path):
    """A missing archive, and a folder in its place, are explained."""
    with pytest.raises(DataError, match="cannot be read"):
        unpack(tmp_path / name, tmp_path)


def test_a_full_disk_is_explained(tmp_path, monkeypatch):
    """A disk that fills up while unpacking is told as such, not as a damaged archive."""
    archive = zip_file(tmp_path / "archive", GOOD.items())

    def full(member):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpacking, "_chunks", full)
    with pytest.raises(StorageError, match="cannot be written") as caught:
        unpack(archive, tmp_path / "out")
    assert "Free some space" in caught.value.remedy


PARTS = st.sampled_from(["..", ".", "", "a", "A", "b.wav", "C:", "é", "~", "\\", "a\\..", "..\\", "con", " "])
NAMES = st.lists(PARTS, min_size=1, max_size=5).map("/".join) | st.text(max_size=8)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@given(names=st.lists(NAMES, min_size=1, max_size=4), kind=st.sampled_from(sorted(MAKERS)))
def test_no_name_ever_escapes(names, kind, tmp_path_factory):
    """Whatever members are called, files appear below the folder or nothing does, and nothing else changes."""
    outside = tmp_path_factory.mktemp("outside")
    folder = outside / "deep" / "target"
    folder.mkdir(parents=True)
    try:
        archive = MAKERS[kind](outside / "archive", [(name, b"data") for name in names])
    except (ValueError, UnicodeError):  # a name that not even the writer takes
        return
    before = archive.read_bytes()
    try:
        found = unpack(archive, folder)
    except DataError:
        found = None
    inside = [path for path in outside.rglob("*") if path.is_relative_to(folder) and path != folder]
    others = {path for path in outside.rglob("*") if not path.is_relative_to(folder)}
    assert others == {archive, outside / "deep"}
    assert archive.read_bytes() == before
    assert not any(path.is_symlink() for path in inside)
    if found is not None:
        assert {path for path in inside if path.is_file()} == {folder / name for name in found}
