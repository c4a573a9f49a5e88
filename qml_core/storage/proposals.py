"""Proposals of searches: sealed documents, each under the history that it follows."""

from pydantic import ValidationError

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.references import Proposal
from qml_core.storage.content import quarantine
from qml_core.storage.sealed import seal, unseal
from qml_core.storage.store import ArtifactStore
from qml_core.storage.trace import paths_in

_FIELD = "proposal"


def proposal_path(search: str, history: str, count: int) -> str:
    """Where the proposal of so many configurations lies, by the keys of search and history."""
    return f"searches/{search}/{history}-{count}.json"


def put_proposal(store: ArtifactStore, path: str, proposal: Proposal) -> Proposal:
    """Store a proposal unless there is one; what is there then."""
    if store.put_if_absent(path, seal({_FIELD: proposal.model_dump(mode="json")})):
        return proposal
    return find_proposal(store, path) or put_proposal(store, path, proposal)


def find_proposal(store: ArtifactStore, path: str) -> Proposal | None:
    """The proposal there; none where there is none, or a damaged one, which is set aside."""
    try:
        return _read(store.get(path), path)
    except ArtifactNotFound:
        return None
    except CorruptArtifact:
        quarantine(store, path)
        return None


def check_proposal(store: ArtifactStore, path: str) -> list[str]:
    """Paths of what it refers to; raises ArtifactNotFound or CorruptArtifact."""
    return paths_in(_read(store.get(path), path).model_dump(mode="json"), store.url)


def _read(data: bytes, path: str) -> Proposal:
    try:
        return Proposal.model_validate(unseal(data, path)[_FIELD])
    except (ValidationError, KeyError) as error:
        raise CorruptArtifact(f"{path} is no proposal of a search") from error
