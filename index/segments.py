"""Are the files of a tantivy index whole? Reading damaged ones may end the process or mislead.

tantivy writes a CRC-32 into every file but does not look at it again. Each file ends with
``{"version": …, "crc": N}``, the length of that, and a fixed number, of 4 bytes each.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

_PARTS = ("store", "idx", "term", "pos", "fieldnorm", "fast")
_END = struct.Struct("<II")
_MAGIC = 1337
_BLOCK = 1 << 20


def is_whole(folder: Path) -> bool:
    """Whether every file that the index in ``folder`` consists of is there, as it was written."""
    try:
        for segment in json.loads((folder / "meta.json").read_bytes())["segments"]:
            name, deletes = segment["segment_id"].replace("-", ""), segment["deletes"]
            parts = [*_PARTS, f"{deletes['opstamp']}.del"] if deletes else _PARTS
            if not all(_file_is_whole(folder / f"{name}.{part}") for part in parts):
                return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        return False
    return True


def _file_is_whole(file: Path) -> bool:
    size = file.stat().st_size
    with file.open("rb") as stream:
        stream.seek(max(0, size - _END.size))
        length, magic = _END.unpack(stream.read())
        body = size - _END.size - length
        if magic != _MAGIC or body < 0:
            return False
        stream.seek(body)
        footer = json.loads(stream.read(length))
        stream.seek(0)
        found = 0
        while body:
            block = stream.read(min(body, _BLOCK))
            found, body = zlib.crc32(block, found), body - len(block)
    return bool(found == footer["crc"])
