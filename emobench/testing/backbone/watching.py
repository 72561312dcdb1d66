"""What does a stranger's code do beside its work? The hosts it asks for, the settings it changes, the weights it reads.

Connections are refused while it is watched. They are seen where Python's own sockets are used, as urllib, requests and
huggingface_hub do; code that brings sockets of its own is not seen.
"""

import contextlib
import errno
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from emobench.domain.attempt import Failed, attempted
from emobench.domain.names import on_one_line
from emobench.testing.backbone.weight_files import weight_files_noted
from emobench.testing.global_settings import settings_restored

T = TypeVar("T")
REFUSED = "no network while a plugin is tried: the core resolves weights, and hands them over as files"


@dataclass(frozen=True)
class Watched(Generic[T]):
    """What a call gave or raised, the hosts it asked for, settings it changed, and files of weights that it read."""

    result: T | None
    problem: BaseException | None
    hosts: tuple[str, ...]
    changed: tuple[str, ...]
    weights: tuple[Path, ...]


def watched(call: Callable[[], T]) -> Watched[T]:
    """Call it without a network; what it changed is set back, and what it raises is told."""
    hosts: list[str] = []
    weights: list[Path] = []
    with settings_restored() as changed, _no_network(hosts), weight_files_noted(weights):
        found = attempted(call)
    result, problem = (None, found.problem) if isinstance(found, Failed) else (found, None)
    return Watched(result, problem, tuple(dict.fromkeys(hosts)), tuple(changed), tuple(weights))


@contextlib.contextmanager
def _no_network(hosts: list[str]) -> Iterator[None]:
    """Refuse connections and look-ups while inside, and note the hosts; sockets of this machine's own files go on."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    looked_up = socket.getaddrinfo

    def refuse(host: object) -> None:
        hosts.append(on_one_line(str(host))[:100])
        raise OSError(REFUSED)

    def refused_connect(self: socket.socket, address: Any, /) -> Any:
        if self.family == getattr(socket, "AF_UNIX", None):
            return connect(self, address)
        return refuse(address[0] if isinstance(address, tuple) and address else address)

    def refused_connect_ex(self: socket.socket, address: Any, /) -> int:
        if self.family == getattr(socket, "AF_UNIX", None):
            return connect_ex(self, address)
        hosts.append(on_one_line(str(address[0] if isinstance(address, tuple) and address else address))[:100])
        return errno.ECONNREFUSED

    def refused_look_up(host: Any, *_: Any, **__: Any) -> Any:
        return refuse(host.decode(errors="replace") if isinstance(host, bytes) else host)

    methods: Any = socket.socket  # a class whose methods are put back below
    module: Any = socket
    methods.connect, methods.connect_ex, module.getaddrinfo = refused_connect, refused_connect_ex, refused_look_up
    try:
        yield
    finally:
        module.getaddrinfo = looked_up
        del methods.connect, methods.connect_ex  # those of the class below come to light again
