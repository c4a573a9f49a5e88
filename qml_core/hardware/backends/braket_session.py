"""Sessions of the Braket SDK, the tasks they create, and where results go."""

from collections.abc import Mapping, Sequence
from typing import Any

from qml_core.client_logs import AWS, quiet
from qml_core.errors import SpecError

BUCKET_VARIABLE = "QML_BRAKET_S3"
TAG = "qml_key"
"""Tag of a task that holds its job's key."""

_CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")

_TRIES = 4  # of a request, by botocore: 429, 5xx, broken connections
_CONNECT_S, _READ_S = 10, 60


class KeyedSession:
    """An AwsSession whose new tasks carry a client token; AwsQuantumTask.create passes none on."""

    def __init__(self, session: Any, key: str) -> None:
        self._session = session
        self._key = key

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def create_quantum_task(self, **request: Any) -> str:
        request["tags"] = {**request.get("tags", {}), TAG: self._key}
        return str(self._session.create_quantum_task(**request, clientToken=self._key))


def create_task(
    session: KeyedSession,
    arn: str,
    circuits: Sequence[Any],
    shots: int,
    folder: tuple[str, str],
    verbatim: bool,
) -> str:
    """ARN of one task: of a circuit, or of the program set of several, `shots` of each.

    Args:
        folder: bucket and prefix of the results.
        verbatim: whether the circuits name physical qubits, which must stay as they are.
    """
    from braket.aws import AwsQuantumTask
    from braket.program_sets import ProgramSet

    alone = len(circuits) == 1
    program_set = None if alone else ProgramSet(list(circuits), shots_per_executable=shots)
    task = AwsQuantumTask.create(
        session,
        arn,
        circuits[0] if alone else program_set,
        folder,
        shots * len(circuits),
        disable_qubit_rewiring=verbatim,
        quiet=True,
    )
    return str(task.id)


def open_session(region: str, environment: Mapping[str, str]) -> Any:
    """The SDK's session in a region: few retries, all of them safe, and no request in the logs.

    Credentials are the environment's, else boto3 looks for them as it always does.
    """
    import boto3
    from botocore.config import Config
    from braket.aws import AwsSession

    quiet(*AWS)
    config = Config(
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
    )
    given = {name: environment.get(name.upper()) or None for name in _CREDENTIALS}
    return AwsSession(boto_session=boto3.Session(region_name=region, **given), config=config)


def result_folder(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """(bucket, folder) of `QML_BRAKET_S3`; None: it is not set.

    Raises:
        SpecError: it is no s3://bucket/folder.
    """
    url = environment.get(BUCKET_VARIABLE, "")
    if not url:
        return None
    scheme, _, path = url.partition("://")
    bucket, _, folder = path.partition("/")
    if scheme != "s3" or not bucket:
        raise SpecError(f"{BUCKET_VARIABLE} must be s3://bucket/folder, found {url!r}")
    return bucket, folder.strip("/") or "tasks"
