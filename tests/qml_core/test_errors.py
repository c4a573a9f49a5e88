"""The error tree: each error knows its message, remedy, status and exit code."""

import copy

import pytest

from qml_core import errors
from qml_core.errors import BackendBusy, BackendThrottled, QMLError, StorageUnavailable

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, QMLError)]


@pytest.mark.parametrize(
    ("name", "http_status", "exit_code"),
    [
        ("BadInput", 422, 2),
        ("DataError", 422, 2),
        ("SpecError", 422, 2),
        ("Refused", 403, 3),
        ("BudgetExceeded", 402, 3),
        ("StaleCalibration", 409, 3),
        ("CircuitRefused", 422, 3),
        ("DeviceRefused", 503, 3),
        ("PriceUnknown", 402, 3),
        ("ScreenRefused", 403, 3),
        ("LedgerUnavailable", 503, 3),
        ("LedgerConflict", 409, 1),
        ("BackendError", 502, 1),
        ("BackendBusy", 503, 1),
        ("BackendThrottled", 429, 1),
        ("BackendOffline", 503, 1),
        ("BackendDenied", 403, 1),
        ("JobFailed", 502, 1),
        ("JobNotFound", 404, 1),
        ("JobPending", 504, 1),
        ("StorageUnavailable", 503, 1),
        ("StorageDenied", 403, 1),
        ("StorageFull", 507, 1),
        ("ArtifactNotFound", 404, 1),
        ("CorruptArtifact", 500, 1),
        ("ArtifactConflict", 409, 1),
    ],
)
def test_status_and_exit_code_are_those_of_the_documented_tree(
    name: str, http_status: int, exit_code: int
) -> None:
    error = getattr(errors, name)
    assert (error.http_status, error.exit_code) == (http_status, exit_code)


def test_only_what_did_not_answer_is_worth_a_retry() -> None:
    retryable = {error for error in CLASSES if error.retryable}
    assert retryable == {StorageUnavailable, BackendBusy, BackendThrottled}


@pytest.mark.parametrize("error", CLASSES)
def test_an_error_reads_as_message_and_remedy_and_keeps_both_when_copied(
    error: type[QMLError],
) -> None:
    raised = copy.copy(error("3 asked, 2 found", "ask for 2"))
    assert str(raised) == "3 asked, 2 found; ask for 2"
    assert (raised.message, raised.remedy) == ("3 asked, 2 found", "ask for 2")
    assert str(error("3 asked, 2 found")) == "3 asked, 2 found"


@pytest.mark.parametrize("error", CLASSES)
def test_the_documented_tree_names_every_error(error: type[QMLError]) -> None:
    assert error.__name__ in (errors.__doc__ or "")
