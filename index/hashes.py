"""What proves that the catalog still holds what was put into it."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import astuple

from index.records import Article


def text_hash(text: str) -> str:
    """SHA-256 of a text: equal texts are copies of each other."""
    return hashlib.sha256(text.encode()).hexdigest()


def content_hash(article: Article) -> str:
    """SHA-256 of everything an article says of itself: equal ones need no work."""
    return text_hash(json.dumps(astuple(article), ensure_ascii=False))


def checksum(text: str, vector: bytes) -> int:
    """CRC-32 of a passage's words and stored vector together: neither may change alone."""
    return zlib.crc32(vector, zlib.crc32(text.encode()))
