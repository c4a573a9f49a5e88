"""JSON documents of the store: small, readable, without executable content."""

import json
from collections.abc import Mapping
from typing import Any, Final

from qml_core.errors import CorruptArtifact, DataError

SCHEMA_VERSION: Final = 1
"""Of receipts, manifests and run records; another number is refused, not guessed at."""


def encode_document(document: Mapping[str, Any]) -> bytes:
    """Indented JSON with sorted keys, the same bytes for the same document; NaN is refused."""
    try:
        text = json.dumps(document, sort_keys=True, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(f"a document that is no JSON was to be stored: {error}") from error
    return text.encode("ascii") + b"\n"


def decode_document(data: bytes, path: str) -> dict[str, Any]:
    """The document; raises CorruptArtifact on anything but a JSON object of this schema version."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CorruptArtifact(f"{path} is not a JSON document") from error
    if not isinstance(document, dict):
        raise CorruptArtifact(f"{path} holds {type(document).__name__}, expected a JSON object")
    found = document.get("schema_version", SCHEMA_VERSION)
    if found != SCHEMA_VERSION:
        raise CorruptArtifact(
            f"{path} has schema version {found!r}, this program reads {SCHEMA_VERSION}",
            "use the version of the program that wrote it",
        )
    return document
