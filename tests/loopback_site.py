"""A web server on this machine that behaves as well or as badly as a test wants."""

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CONTENT = bytes(range(256)) * 4096


@dataclass
class Site:
    """What the server serves, and how: redirects and status codes to give first, bytes to send before it hangs up."""

    content: bytes = CONTENT
    ranges: bool = True
    lengths: bool = True
    answers: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    redirects: list[str] = field(default_factory=list)
    tokens: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        site = self.server.site
        wanted = self.headers.get("Range")
        site.asked.append(wanted)
        site.tokens.append((self.headers["Host"].partition(":")[0], self.headers.get("Authorization")))
        if site.redirects:
            self.send_response(302)
            self.send_header("Location", site.redirects.pop(0))
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if site.answers:
            return self.send_error(site.answers.pop(0))
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and site.ranges else 0
        if first and first >= len(site.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(site.content)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(site.content) - 1}/{len(site.content)}")
        if site.lengths:
            self.send_header("Content-Length", str(len(site.content) - first))
        self.end_headers()
        last = first + site.stops.pop(0) if site.stops else len(site.content)
        with suppress(ConnectionError):  # whoever asked heard enough
            self.wfile.write(site.content[first:last])
        return None

    def log_message(self, *arguments):
        pass


@contextmanager
def serving():
    """A site for as long as the context lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.site = Site(url=f"http://127.0.0.1:{server.server_port}/model.pth")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site():
    with serving() as site:
        yield site
