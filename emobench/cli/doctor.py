"""`emobench doctor`: can this installation work? Names broken pairs of packages with the exact remedy."""

import io
import json as json_format
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from tabulate import tabulate

from emobench.domain.errors import BrokenEnvironment, EmobenchError
from emobench.domain.names import on_one_line

PAIR = 'pip install "torch>=2.11,<2.15" "torchaudio>=2.11,<2.12"'


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis: what was looked at, what was found, and the remedy when it is broken."""

    what: str
    found: str
    remedy: str = ""


def _torch() -> Finding:
    try:
        import torch
    except (ImportError, OSError, RuntimeError) as problem:
        return Finding("torch", f"does not load: {problem}", PAIR)
    return Finding("torch", torch.__version__)


def _torchaudio() -> Finding:
    # torchaudio raises RuntimeError beside a torch of another CUDA, OSError beside a CPU-only torch.
    try:
        import torchaudio
    except (ImportError, OSError, RuntimeError) as problem:
        return Finding("torchaudio", f"does not load beside this torch: {str(problem).splitlines()[0]}", PAIR)
    return Finding("torchaudio", torchaudio.__version__)


def _transformers() -> Finding:
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("transformers")
    except PackageNotFoundError:
        return Finding("transformers", "missing", 'pip install "transformers>=5.10,<6"')
    if found.split(".", 1)[0] != "5":
        return Finding("transformers", found, 'pip install "transformers>=5.10,<6"')
    return Finding("transformers", found)


def _device() -> Finding:
    try:
        import torch
    except (ImportError, OSError, RuntimeError):
        return Finding("device", "unknown without torch")
    count = torch.cuda.device_count()
    gpus = ", ".join(torch.cuda.get_device_name(index) for index in range(count)) or "no CUDA device"
    return Finding("device", f"{torch.get_num_threads()} threads; {gpus}")


def _codecs() -> Finding:
    try:
        import numpy as np
        import soundfile
    except (ImportError, OSError) as problem:
        return Finding("audio codecs", f"soundfile does not load: {problem}", "pip install --upgrade soundfile")
    missing = []
    for kind in ("WAV", "FLAC", "OGG", "MP3"):
        try:
            buffer = io.BytesIO()
            soundfile.write(buffer, np.zeros(1600), 16_000, format=kind)
            buffer.seek(0)
            soundfile.read(buffer)
        except (RuntimeError, ValueError, TypeError):
            missing.append(kind)
    if missing:
        return Finding("audio codecs", f"cannot read {', '.join(missing)}", "pip install --upgrade soundfile")
    return Finding("audio codecs", f"WAV, FLAC, OGG, MP3 (libsndfile {soundfile.__libsndfile_version__})")


def _cache() -> Finding:
    from emobench.files.atomic import write_bytes
    from emobench.files.home import home

    place = home()
    try:
        write_bytes(place / ".doctor", b"")
        (place / ".doctor").unlink()
    except (EmobenchError, OSError) as problem:
        return Finding("cache", f"{place}: {problem}", "let EMOBENCH_HOME name a folder that you may write to")
    free = os.statvfs(place)
    return Finding("cache", f"{place} ({free.f_bavail * free.f_frsize / 1e9:.0f} GB free)")


def _plugins(files: Sequence[Path] = ()) -> Finding:
    from emobench.catalog.catalog import build_catalog
    from emobench.catalog.discovery import discover, remedy_of

    catalog = build_catalog(*discover(files))
    broken = [f"'{plugin.name}' is broken ({plugin.reason})" for plugin in catalog.broken]
    broken += [f"{' and '.join(twins.owners)} both offer the {twins.kind} '{twins.name}'" for twins in catalog.twins]
    if broken:
        remedy = "update or uninstall them; everything else works"
        return Finding("plugins", "; ".join(broken), f"{remedy_of(catalog.broken)} {remedy}".strip())
    return Finding("plugins", f"{len(catalog.plugins)} work")


LOOKS: tuple[Callable[[], Finding], ...] = (_torch, _torchaudio, _transformers, _device, _codecs, _cache)


def command(
    *,
    plugin: Annotated[list[Path] | None, typer.Option(help="FILE.py: a plugin that is not installed.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check versions, device, audio codecs, cache and plugins; exit 5 when something is broken."""
    findings = [*(look() for look in LOOKS), _plugins(plugin or ())]
    if json:
        typer.echo(json_format.dumps([finding.__dict__ for finding in findings], indent=1))
    else:
        rows = [["broken" if f.remedy else "ok", f.what, on_one_line(f.found)] for f in findings]
        typer.echo(tabulate(rows, tablefmt="plain", disable_numparse=True))
    broken = [finding for finding in findings if finding.remedy]
    if broken:
        raise BrokenEnvironment(
            f"{len(broken)} of {len(findings)} looks found something broken.",
            remedy="\n".join(f"{finding.what}: {finding.remedy}" for finding in broken),
        )
