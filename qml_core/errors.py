"""The error tree: each knows whether to retry, its HTTP status, its exit code and the remedy.

QMLError
├── BadInput            422, exit 2   what the user wrote cannot be done
│   ├── DataError                     the data do not fit what was asked of them
│   ├── SpecError                     a parameter is unknown or out of bounds
│   └── TrainingDiverged              the loss is no number any more
├── Refused             403, exit 3   a gate said no before anything was spent
│   ├── BudgetExceeded  402
│   ├── StaleCalibration 409
│   ├── CircuitRefused  422
│   ├── DeviceRefused   503           the QPU is offline, its queue too long, its canary too bad
│   ├── PriceUnknown    402           no dated price: nothing is submitted
│   ├── ScreenRefused                 a quantum model cannot help on these data: --force runs it
│   └── LedgerUnavailable 503         the ledger does not answer: nothing is submitted
├── LedgerConflict      409           the same job key with other content, or a closed one
├── BackendError        502, exit 1   what a provider or its client said
│   ├── BackendBusy     503           retryable: time-out, 429, 5xx, connection lost
│   │   └── BackendThrottled 429      put off: the request was certainly not taken
│   ├── BackendOffline  503           the device does not serve now; another may
│   ├── BackendDenied   403           credentials missing or refused
│   ├── JobFailed       502           the job ended on the device without a result, or was cancelled
│   ├── JobNotFound     404           the provider does not know the job
│   └── JobPending      504           our wait ended first: the same command collects the job
└── StorageError        503, exit 1
    ├── StorageUnavailable            retryable
    ├── StorageDenied   403           the store answers, but not to us
    ├── StorageFull     507
    ├── ArtifactNotFound 404
    ├── CorruptArtifact 500           the bytes are not what was committed
    └── ArtifactConflict 409          two writers committed different content
"""


class QMLError(Exception):
    """Base of all errors of this project.

    Args:
        message: what was asked, what was found and the limit, in one sentence without a full stop.
        remedy: what to do about it, in one sentence.
    """

    retryable = False
    http_status = 500
    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class BadInput(QMLError):
    http_status = 422
    exit_code = 2


class DataError(BadInput):
    """The data cannot be used as asked: missing file or column, NaN, one class, too few rows."""


class SpecError(BadInput):
    """A parameter is unknown, out of bounds, or contradicts another one."""


class TrainingDiverged(BadInput):
    """The loss of a training step is NaN or infinite; the last good checkpoint is kept."""


class Refused(QMLError):
    http_status = 403
    exit_code = 3


class BudgetExceeded(Refused):
    http_status = 402


class StaleCalibration(Refused):
    http_status = 409


class CircuitRefused(Refused):
    http_status = 422


class DeviceRefused(Refused):
    http_status = 503


class PriceUnknown(Refused):
    http_status = 402


class ScreenRefused(Refused):
    """The screen of a benchmark says not to pay for it, or that it cannot help by design."""


class LedgerUnavailable(Refused):
    http_status = 503


class LedgerConflict(QMLError):
    http_status = 409


class BackendError(QMLError):
    http_status = 502


class BackendBusy(BackendError):
    retryable = True
    http_status = 503


class BackendThrottled(BackendBusy):
    http_status = 429


class BackendOffline(BackendError):
    http_status = 503


class BackendDenied(BackendError):
    http_status = 403


class JobFailed(BackendError):
    pass


class JobNotFound(BackendError):
    http_status = 404


class JobPending(BackendError):
    http_status = 504


class StorageError(QMLError):
    http_status = 503


class StorageUnavailable(StorageError):
    retryable = True


class StorageDenied(StorageError):
    http_status = 403


class StorageFull(StorageError):
    http_status = 507


class ArtifactNotFound(StorageError):
    http_status = 404


class CorruptArtifact(StorageError):
    http_status = 500


class ArtifactConflict(StorageError):
    http_status = 409
