"""Which objects a stored document refers to."""

from collections.abc import Iterator, Mapping
from typing import Any


def paths_in(document: Mapping[str, Any], url: str) -> list[str]:
    """Paths of the artifact references in a document that lie in the store at `url`.

    A reference is an object with `path` and `sha256`; without `store` it means its own store.
    """
    return sorted(set(_references(document, url)))


def strings_in(value: Any) -> Iterator[str]:
    """Every text in a document, keys not included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from strings_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings_in(part)


def _references(value: Any, url: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        path = value.get("path")
        if isinstance(path, str) and "sha256" in value and value.get("store", url) == url:
            yield path
        for part in value.values():
            yield from _references(part, url)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part, url)
