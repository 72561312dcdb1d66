"""Does a file arrive whole, in spite of the network?"""

import socket
from contextlib import suppress
from types import SimpleNamespace

import pytest

from emobench.domain.errors import DataError, EmobenchError
from emobench.files import download as module
from emobench.files.download import download


def test_a_file_arrives_with_progress(site, tmp_path):
    """All bytes arrive, and progress ends with all of all."""
    seen = []
    download(site.url, tmp_path / "new" / "part", lambda done, total: seen.append((done, total)))
    assert (tmp_path / "new" / "part").read_bytes() == site.content
    assert seen[-1] == (len(site.content), len(site.content))
    assert seen == sorted(seen)


def test_it_goes_on_where_it_stopped(site, tmp_path):
    """What an earlier run left is not fetched again."""
    (tmp_path / "part").write_bytes(site.content[:1000])
    download(site.url, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == site.content
    assert site.asked == ["bytes=1000-"]


@pytest.mark.parametrize("left", [1_000, 2_000_000])
def test_a_server_that_ignores_ranges_starts_anew(site, tmp_path, left):
    """When the server sends everything although a range was asked for, nothing of the leftover stays."""
    site.ranges = False
    (tmp_path / "part").write_bytes(b"x" * left)
    download(site.url, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == site.content


def test_a_broken_connection_is_taken_up_again(site, tmp_path):
    """A server that hangs up at half is asked for the other half."""
    half = len(site.content) // 2
    site.stops = [half]
    download(site.url, tmp_path / "part", pause_seconds=0)
    assert (tmp_path / "part").read_bytes() == site.content
    assert site.asked == [None, f"bytes={half}-"]


def test_it_gives_up_and_keeps_what_arrived(site, tmp_path):
    """After three connections that brought nothing new it is an error that says so; the bytes stay for the next run."""
    site.stops = [100, 200, 0, 0, 0]
    with pytest.raises(DataError, match="cannot be downloaded") as caught:
        download(site.url, tmp_path / "part", pause_seconds=0)
    assert f"300 of {len(site.content)} bytes, 3 times" in caught.value.found
    assert (tmp_path / "part").read_bytes() == site.content[:300]
    assert caught.value.exit_code == 3


def test_a_busy_server_is_asked_again(site, tmp_path):
    """503 and 429 are worth another attempt."""
    site.answers = [503, 429]
    download(site.url, tmp_path / "part", pause_seconds=0)
    assert (tmp_path / "part").read_bytes() == site.content


def test_a_server_that_gets_further_is_not_given_up(site, tmp_path):
    """A server that breaks off ten times, each time a little further on, brings the whole file; every break is said."""
    site.stops = [100_000] * 10
    said = []
    download(site.url, tmp_path / "part", pause_seconds=0, say=said.append)
    assert (tmp_path / "part").read_bytes() == site.content
    assert len(said) == 10
    assert f"100000 of {len(site.content)} bytes; trying again" in said[0]


@pytest.mark.parametrize(
    ("stops", "pauses"),
    [([0, 0, 0], [1, 2]), ([0, 0, 100, 0, 0], [1, 2, 1, 2]), ([100, 100, 0], [1, 1, 2]), ([0, 100], [1, 1])],
    ids=["in vain", "further in between", "further at first", "further at last"],
)
def test_pauses_double_until_it_gets_further(site, tmp_path, monkeypatch, stops, pauses):
    """Each attempt that brings nothing new doubles the pause; one that does begins anew with one second."""
    slept, said = [], []
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=slept.append))
    site.stops = stops
    with suppress(DataError):
        download(site.url, tmp_path / "part", say=said.append)
    assert slept == pauses
    assert [line.rpartition("; ")[2] for line in said] == [f"trying again in {pause} s" for pause in pauses]


def test_the_same_half_again_and_again_is_given_up(site, tmp_path):
    """A server that knows no ranges and always stops at half gets nowhere, however much it sends each time."""
    site.ranges, site.stops = False, [len(site.content) // 2] * 100
    with pytest.raises(DataError, match="cannot be downloaded") as caught:
        download(site.url, tmp_path / "part", pause_seconds=0)
    assert "3 times" in caught.value.found
    assert len(site.asked) == 3


@pytest.mark.parametrize("lengths", [True, False])
def test_a_server_with_another_size_is_refused(site, tmp_path, lengths):
    """More than was published is not stored, whether the server says so before or simply goes on sending."""
    site.lengths = lengths
    with pytest.raises(DataError, match="cannot be downloaded") as caught:
        download(site.url, tmp_path / "part", size=1_000)
    assert "the published file has 1,000" in caught.value.found
    assert not (tmp_path / "part").exists() or (tmp_path / "part").stat().st_size <= 1_000


def test_less_than_was_published_is_no_whole_file(site, tmp_path):
    """A server that says nothing of a length and stops early has not sent the file."""
    site.lengths = False
    with pytest.raises(DataError, match="cannot be downloaded") as caught:
        download(site.url, tmp_path / "part", pause_seconds=0, size=len(site.content) + 1)
    assert "the published file has 1,048,577" in caught.value.found


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_final(site, tmp_path, status):
    """A server that says no is asked once, and the error has its answer and the address."""
    site.answers = [status]
    with pytest.raises(DataError, match=site.url) as caught:
        download(site.url, tmp_path / "part")
    assert str(status) in caught.value.found
    assert len(site.asked) == 1


def test_a_complete_part_is_done(site, tmp_path):
    """A file that is whole already is not fetched again."""
    (tmp_path / "part").write_bytes(site.content)
    download(site.url, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == site.content
    assert len(site.asked) == 1


def test_a_part_that_is_too_long_starts_anew(site, tmp_path):
    """Leftovers of another, longer file do not end up in this one."""
    (tmp_path / "part").write_bytes(b"x" * (len(site.content) + 1))
    download(site.url, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == site.content


def test_nobody_there_is_explained(tmp_path):
    """A machine that does not answer is an error with the cause, after three attempts."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(DataError, match="cannot be downloaded") as caught:
        download(f"http://127.0.0.1:{port}/model.pth", tmp_path / "part", pause_seconds=0)
    assert "3 times" in caught.value.found


def test_only_the_web_is_asked(tmp_path):
    """A card cannot make us read local files by a URL."""
    with pytest.raises(DataError, match="cannot be downloaded"):
        download("file:///etc/hostname", tmp_path / "part")


def test_a_disk_that_refuses_is_not_the_networks_fault(site, tmp_path):
    """A folder that cannot be made is explained at once and nothing is asked for."""
    (tmp_path / "file").touch()
    with pytest.raises(EmobenchError, match="cannot be written"):
        download(site.url, tmp_path / "file" / "part")
    assert site.asked == []


SECRET = {"Authorization": "Bearer hf_secret"}


def test_own_headers_stay_with_their_host(site, tmp_path):
    """What a redirect leads to on another host is asked for without the headers that may hold a token."""
    site.redirects = [site.url.replace("127.0.0.1", "localhost"), site.url]
    download(site.url, tmp_path / "part", headers=SECRET)
    assert (tmp_path / "part").read_bytes() == site.content
    assert site.tokens == [("127.0.0.1", "Bearer hf_secret"), ("localhost", None), ("127.0.0.1", None)]


def test_own_headers_go_with_a_redirect_that_stays(site, tmp_path):
    """A file that moved on the same host, as in a repository that was renamed, is asked for with the same headers."""
    site.redirects = ["/renamed/model.pth"]
    download(site.url, tmp_path / "part", headers=SECRET)
    assert site.tokens == [("127.0.0.1", "Bearer hf_secret")] * 2


@pytest.mark.parametrize("status", [403, 500])
def test_own_headers_are_not_in_errors(site, tmp_path, status):
    """An error tells the address and the answer, and none of the headers."""
    site.answers = [status] * 3
    with pytest.raises(DataError, match="cannot be downloaded") as caught:
        download(site.url, tmp_path / "part", pause_seconds=0, headers=SECRET)
    assert str(status) in caught.value.found
    assert "secret" not in str(caught.value)
