"""What IonQ's answers and failure codes mean, as this project's errors. Pure.

Codes as of the API v0.4, https://docs.ionq.com/api-reference/v0.4/error-codes, and its OpenAPI
document of 2026-09-02.
"""

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    BackendThrottled,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
    QMLError,
)

_REFUSED = (400, 409, 413, 422)
_CREDIT = "add credit at cloud.ionq.com, or lower shots"

_BILLING = {
    *("QuotaExhaustedError", "ContractExpiredError"),
    *("BillingError", "UnknownBillingError"),
}
_CIRCUIT = {
    *("NotEnoughQubits", "InvalidInput", "CompilationError", "OptimizationError"),
    *("PreflightError", "QuantumCircuitComplexityError", "TooLongPredictedExecutionTime"),
    *("TooManyControls", "TooManyGates", "TooManyShots", "UnsupportedGate"),
}


def error_of_answer(method: str, path: str, status: int, words: str) -> QMLError:
    """Of an answer that is not 2xx.

    Args:
        words: what the service wrote, without a credential.
    """
    found = f"{method} {path} of IonQ was answered {status}" + (f": {words}" if words else "")
    if status in (401, 403):
        return BackendDenied(found, "set IONQ_API_KEY to a key of cloud.ionq.com that may do this")
    if status == 402:
        return BudgetExceeded(found, _CREDIT)
    if method == "POST" and status in _REFUSED:
        return CircuitRefused(found)
    if status == 404 and path.startswith("/jobs/"):
        return JobNotFound(found)
    if status == 429:
        return BackendThrottled(found, "try again later")
    # 409 to a read comes from the proxy before the service, which is looking for it
    if status in (408, 409, 425) or status >= 500:
        return BackendBusy(found, "try again later; see status.ionq.co")
    return BackendError(found)


def error_of_failure(job: str, code: str, words: str) -> QMLError:
    """Of a job that failed with one of IonQ's codes."""
    found = f"IonQ's job {job} failed with {code}" + (f": {words}" if words else "")
    if code in _BILLING:
        return BudgetExceeded(found, _CREDIT)
    if code in _CIRCUIT:
        return CircuitRefused(found)
    return JobFailed(found)
