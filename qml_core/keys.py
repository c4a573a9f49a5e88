"""Keys: SHA-256 over canonical JSON of what changes the numbers, the same in every process."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

KEY_VERSION = 1
"""Raised whenever the same specs would give other numbers, so that stored blocks are not reused."""


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """Sorted keys, no blanks, ASCII; NaN and infinities are refused (ValueError)."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def digest(data: bytes) -> str:
    """SHA-256 of the bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def key(noun: str, **parts: Any) -> str:
    """Key of a noun made of the named parts, each JSON-able."""
    return digest(canonical_json({"noun": noun, "version": KEY_VERSION, **parts}))
