"""Which Hub do tests talk to? One on this machine that behaves as well or as badly as a test wants."""

import hashlib
import json
import os
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import pytest

CONTENT = bytes(range(256)) * 4096


def lfs(data):
    return hashlib.sha256(data).hexdigest()


@dataclass
class HubSite:
    """A Hub on this machine with one repository of two commits, and how it behaves.

    ``refuses`` maps "info", "HEAD" or "GET" to a status and an X-Error-Code; ``stops`` are bytes after which a file's
    connection ends, ``resets`` says that it does so without a word; ``spoils`` lists names whose next bytes are wrong.
    ``stalls`` are bytes after which nothing comes until ``goes_on``; ``elsewhere`` gives large files from another host.
    """

    files: dict[str, bytes]
    repo: str = "org/toy"
    commits: dict[str, str] = field(default_factory=lambda: {"main": "a" * 40, "v1": "b" * 40})
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    stops: list[int] = field(default_factory=list)
    resets: bool = False
    spoils: list[str] = field(default_factory=list)
    stalls: list[int] = field(default_factory=list)
    goes_on: threading.Event = field(default_factory=threading.Event)
    elsewhere: bool = False
    knows_ranges: bool = True
    tokens: list[tuple[str, str | None]] = field(default_factory=list)
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    url: str = ""

    def fetched(self):
        """The names of the files whose bytes were asked for."""
        return [path.rpartition("/")[2] for method, path, _ in self.asked if method == "GET" and "/resolve/" in path]

    def ranges(self):
        return [wanted for method, path, wanted in self.asked if method == "GET" and "/resolve/" in path]

    def info(self, revision):
        siblings = [
            {"rfilename": name, "size": len(data), "blobId": "0" * 40}
            | ({"lfs": {"size": len(data), "sha256": lfs(data), "pointerSize": 1}} if is_large(name) else {})
            for name, data in self.files.items()
        ]
        return {"id": self.repo, "sha": self.commits.get(revision, revision), "siblings": siblings}

    def knows(self, revision):
        return revision in self.commits or revision in self.commits.values()


def is_large(name):
    return name.endswith((".safetensors", ".bin", ".parquet"))


class HubHandler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.answer("HEAD")

    def do_GET(self):
        self.answer("GET")

    def answer(self, method):
        hub = self.server.site
        path = unquote(urlsplit(self.path).path)
        hub.asked.append((method, path, self.headers.get("Range")))
        hub.tokens.append((self.headers["Host"].partition(":")[0], self.headers.get("Authorization")))
        if path.startswith("/elsewhere/"):
            return self.file(method, path.rpartition("/")[2], "")
        api, _, revision = path.removeprefix("/api/models/").removeprefix("/api/datasets/").partition("/revision/")
        if path.startswith(("/api/models/", "/api/datasets/")):
            if not self.refused("info", api, revision or "main"):
                self.whole(json.dumps(hub.info(revision or "main")).encode(), {"Content-Type": "application/json"})
            return None
        repo, _, rest = path[1:].removeprefix("datasets/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        if not self.refused(method, repo, revision):
            self.file(method, name, hub.commits.get(revision, revision))
        return None

    def refused(self, kind, repo, revision):
        hub = self.server.site
        status, code = hub.refuses.get(kind, (0, ""))
        if not status and repo != hub.repo:
            status, code = 401, "RepoNotFound"
        if not status and not hub.knows(revision):
            status, code = 404, "RevisionNotFound"
        if status:
            self.whole(b"", {"X-Error-Code": code} if code else {}, status)
        return bool(status)

    def file(self, method, name, commit):
        hub = self.server.site
        data = hub.files[name]
        etag = lfs(data) if is_large(name) else hashlib.sha1(data).hexdigest()
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag}"'}
        if is_large(name):
            headers |= {"X-Linked-ETag": f'"{etag}"', "X-Linked-Size": str(len(data))}
            if hub.elsewhere and commit:
                other = f"http://localhost:{self.server.server_port}/elsewhere/{name}?signed=by-us"
                return self.whole(b"", {**headers, "Location": other}, 302, body=False)
        if method == "GET" and name in hub.spoils:
            hub.spoils.remove(name)
            data = bytes(len(data))
        wanted = self.headers.get("Range")
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        first = first if hub.knows_ranges else 0
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        return self.whole(data[first:], headers, 206 if first else 200, body=method == "GET")

    def whole(self, data, headers, status=200, *, body=True):
        hub = self.server.site
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        if not body:
            return None
        if hub.stops and "ETag" in headers:
            data = data[: hub.stops.pop(0)]
            if hub.resets:
                return self.reset(data)
        if hub.stalls and "ETag" in headers:
            self.wfile.write(data[: hub.stalls.pop(0)])
            hub.goes_on.wait()
            return None
        self.wfile.write(data)
        return None

    def reset(self, data):
        """Send some bytes and then what a network sends that has forgotten a connection."""
        self.wfile.write(data)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hub(monkeypatch):
    """A Hub that answers on this machine; huggingface_hub neither waits between tries nor asks anybody else."""
    from huggingface_hub import close_session, constants

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server = ThreadingHTTPServer(("127.0.0.1", 0), HubHandler)
    files = {"README.md": b"toy", "config.json": b"{}", "preprocessor_config.json": b"[]", "model.safetensors": CONTENT}
    server.site = HubSite(files, url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.site
    close_session()
    server.shutdown()
    thread.join()
    server.server_close()
