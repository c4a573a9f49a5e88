"""What every test shares: a private home, quiet telemetry, seeded randomness."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ["made_once", "object_store", "prefect_services", "providers"]

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
if "PYTEST_XDIST_WORKER" in os.environ:
    # these share the processors, and threads that wait for one another took four times the time;
    # before torch and numpy are imported, and for the processes that tests start
    os.environ.setdefault("OMP_NUM_THREADS", "1")
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
def prefect_server(migrated_database: Callable[[Path], Path]) -> Iterator[None]:
    """One temporary Prefect server for the session; no heartbeat, which costs a second a flow."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing import utilities

    def own_folder() -> str:
        """Where Prefect's harness would make a database: there is one."""
        folder = Path(tempfile.mkdtemp())
        migrated_database(folder / "prefect-test.db")
        return str(folder)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(utilities, "mkdtemp", own_folder)
        with (
            utilities.prefect_test_harness(server_startup_timeout=180),
            temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
        ):
            yield


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
