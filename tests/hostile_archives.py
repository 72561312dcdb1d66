"""Which archives does somebody make who means harm, or whose disk did it?"""

import io
import stat
import tarfile
import zipfile

ZEROS = bytes(20_000_000)
GOOD = {"Actor_01/a.wav": b"first" * 300, "Actor_02/b.wav": b"second" * 200, "labels.csv": b"a,happy\n"}


def zip_file(path, members, mode=stat.S_IFREG | 0o644, packing=zipfile.ZIP_DEFLATED, **lies):
    """A zip with ``members`` (name, bytes); ``lies`` are fields that its directory has wrong."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in members:
            info = zipfile.ZipInfo("placeholder")
            info.filename = info.orig_filename = name
            info.external_attr, info.compress_type = mode << 16, packing
            archive.writestr(info, data)
            for field, value in lies.items():
                setattr(info, field, value)
    return path


def tar_file(path, members, kind=tarfile.REGTYPE, packing="gz", **fields):
    """A tar with ``members`` (name, bytes) of one ``kind``."""
    with tarfile.open(path, f"w:{packing}") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.type = len(data) if kind == tarfile.REGTYPE else 0, kind
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(data))
    return path


def tree(folder):
    """What lies below a folder: relative names, and the bytes of files."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
