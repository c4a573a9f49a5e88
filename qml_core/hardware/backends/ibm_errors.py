"""What IBM's client raises, as errors of this project: a pure function of class, status and code.

Classes alone do not tell: the client's IBMRuntimeError stands over permanent and passing failures,
so that IBM's own code decides first, then the class, then the HTTP status of what was wrapped.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from qml_core.errors import (
    BackendBusy,
    BackendDenied,
    BackendError,
    BackendOffline,
    BudgetExceeded,
    CircuitRefused,
    JobFailed,
    JobNotFound,
    JobPending,
    QMLError,
)

Cause = Literal[
    "busy", "offline", "denied", "refused", "failed", "missing", "budget", "pending", "unknown"
]

_CODES: dict[int, Cause] = {
    **dict.fromkeys((1006, 1008, 1010, 1011, 1202), "busy"),
    **dict.fromkeys((1004, 1007, 1009), "offline"),
    **dict.fromkeys((1200, 1201), "denied"),
    **dict.fromkeys((1002, 1003, 1005), "refused"),
    1305: "budget",
}
"""Of quantum.cloud.ibm.com/docs/errors."""

_CLASSES: tuple[tuple[str, Cause], ...] = (
    ("RuntimeJobMaxTimeoutError", "budget"),
    ("RuntimeJobTimeoutError", "pending"),
    ("RuntimeJobNotFound", "missing"),
    ("RuntimeJobFailureError", "failed"),
    ("RuntimeInvalidStateError", "failed"),
    ("IBMNotAuthorizedError", "denied"),
    ("IBMAccountError", "denied"),
    ("AccountsError", "denied"),
    ("AuthenticationLicenseError", "denied"),
    ("QiskitBackendNotFoundError", "offline"),
    ("IBMInputValueError", "refused"),
    ("TranspilerError", "refused"),
    ("CircuitError", "refused"),
)
"""The first that is among the classes; the narrow ones before their bases."""

_CONNECTION = frozenset({"RequestException", "ConnectionError", "Timeout", "TimeoutError"})

_CODE = re.compile(r"[Ee]rror code:? *(\d{4})\b")

_ERRORS: dict[Cause, tuple[type[QMLError], str]] = {
    "busy": (BackendBusy, "ask again later: nothing was lost"),
    "offline": (BackendOffline, "wait, or run on another backend"),
    "denied": (
        BackendDenied,
        "set QISKIT_IBM_TOKEN and QISKIT_IBM_INSTANCE to an API key and an instance that may use "
        "the backend",
    ),
    "refused": (CircuitRefused, "change the circuits or the shots: the same job is refused again"),
    "failed": (JobFailed, "the job gave no result; run.remeasure=<number> buys another"),
    "missing": (JobNotFound, "check that QISKIT_IBM_INSTANCE is the one it was submitted to"),
    "budget": (BudgetExceeded, "the QPU time the job or the instance may take is used up"),
    "pending": (JobPending, "the job goes on: the same command collects it"),
    "unknown": (BackendError, "see quantum.cloud.ibm.com/docs/errors"),
}


@dataclass(frozen=True)
class Failure:
    """What is known of a vendor's exception and of those it was raised from."""

    classes: frozenset[str] = frozenset()
    """Names of the classes and their bases."""
    status: int | None = None
    """HTTP status."""
    code: int | None = None
    """IBM's error code, four digits."""


def classify(failure: Failure) -> Cause:
    """Why it failed."""
    if failure.code in _CODES:
        return _CODES[failure.code]
    if failure.status is None and failure.classes & _CONNECTION:
        return "busy"  # whatever the client makes of it, e.g. an account that cannot be checked
    for name, cause in _CLASSES:
        if name in failure.classes:
            return cause
    if "JSONDecodeError" in failure.classes:
        return "busy"  # a ValueError that is not ours: the answer was cut short
    if failure.status is not None:
        return _of_status(failure.status)
    return "refused" if "ValueError" in failure.classes else "unknown"


def _of_status(status: int) -> Cause:
    if status in (401, 403):
        return "denied"
    if status == 402:
        return "budget"
    if status == 404:
        return "missing"
    if status == 503:
        return "offline"  # the client retried it for seconds: maintenance, not a hiccup
    if status == 429 or status >= 500:
        return "busy"
    return "refused" if 400 <= status < 500 else "unknown"


def observe(error: BaseException) -> Failure:
    """Class names, HTTP status and IBM's code of an exception and of those beneath it."""
    classes: set[str] = set()
    status: int | None = None
    code: int | None = None
    for link in _chain(error):
        classes |= {base.__name__ for base in type(link).__mro__}
        status = status if status is not None else _status(link)
        code = code if code is not None else code_in(str(link))
    return Failure(frozenset(classes), status, code)


def code_in(text: str) -> int | None:
    """IBM's error code in a message of its client."""
    found = _CODE.search(text)
    return int(found[1]) if found else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        # the client hides its transport errors by `from None`, which leaves the context
        link = link.__cause__ or link.__context__


def _status(error: BaseException) -> int | None:
    of_response = getattr(getattr(error, "response", None), "status_code", None)
    for status in (getattr(error, "status_code", None), of_response):
        if isinstance(status, int) and 100 <= status < 600:
            return status
    return None


def in_doubt(failure: Failure) -> bool:
    """Whether a submission that failed so may have been accepted all the same."""
    if failure.code in _CODES:
        return False
    answered = failure.status is not None and failure.status < 500
    return not answered and classify(failure) in ("busy", "offline", "unknown")


def translate(
    error: Exception, asked: str, secrets: Sequence[str] = (), submission: bool = False
) -> QMLError:
    """The error of this project that says the same.

    Args:
        asked: what was asked of IBM, in a few words.
        secrets: strings that may stand in no message.
        submission: whether what failed was a submission: where it is in doubt, BackendBusy says so.
    """
    failure = observe(error)
    cause = "busy" if submission and in_doubt(failure) else classify(failure)
    parts = [f"{asked}: {type(error).__name__}"]
    parts += [f"HTTP {failure.status}"] if failure.status is not None else []
    parts += [f"code {failure.code}"] if failure.code is not None else []
    if cause in ("refused", "failed"):  # these say which circuit; the others repeat the request
        parts.append(clean(str(error), secrets))
    found, remedy = _ERRORS[cause]
    return found(", ".join(parts), remedy)


def clean(text: str, secrets: Sequence[str] = (), most: int = 300) -> str:
    """One line of a vendor's text without secrets and the full stop."""
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    line = " ".join(text.split()).strip("'\"")
    return (line if len(line) <= most else line[: most - 1] + "…").rstrip(".")


@contextmanager
def translated(asked: str, secrets: Sequence[str] = (), submission: bool = False) -> Iterator[None]:
    """Raise what IBM's client raises inside as an error of this project; see `translate`."""
    try:
        yield
    except QMLError:
        raise
    except Exception as error:
        ours = translate(error, asked, secrets, submission)
        try:
            raise ours from None
        finally:
            ours.__context__ = None  # its text may repeat the request
