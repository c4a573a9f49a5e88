"""Documents that carry the digest of their own content: any changed byte is found."""

from collections.abc import Mapping
from typing import Any

from qml_core.errors import CorruptArtifact, DataError
from qml_core.keys import digest
from qml_core.storage.documents import decode_document, encode_document


def seal(document: Mapping[str, Any]) -> bytes:
    """The document with its digest; raises DataError where something in it is not JSON."""
    return encode_document({**document, "digest": digest(encode_document(document))})


def unseal(data: bytes, path: str) -> dict[str, Any]:
    """The document without its digest; raises CorruptArtifact unless every byte is as sealed."""
    document = decode_document(data, path)
    sealed = document.pop("digest", None) is not None
    try:
        sound = sealed and seal(document) == data
    except DataError:  # a number that overflows
        sound = False
    if not sound:
        raise CorruptArtifact(f"{path} is not the document that was stored")
    return document
