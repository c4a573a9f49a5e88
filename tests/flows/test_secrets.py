"""No secret is anywhere: flows and verbs run with secrets in every place they can be given.

They run on loopback providers, with success and with failure, with every logger at DEBUG and
Prefect's log sent to its API; then every place that keeps text is searched, in every form.
"""

import base64
import logging
from contextlib import ExitStack
from urllib.parse import quote

import pytest
import rehearsal as scenes
from leaks import all_logs, command_lines, error_text, find_leaks, forms
from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.logging.handlers import APILogHandler

from qml_core.hardware.backends import ionq_client
from tasks.gates import pass_gates

pytestmark = [pytest.mark.prefect, pytest.mark.s3, pytest.mark.usefixtures("prefect_server")]

PLACES = {
    "logs": b"botocore",
    "database": b"kernel-matrix",
    "prefect's folder": b"",
    "store": b"moons",
    "metrics": b"qml_backend_up",
    "errors": b"BackendBusy",
    "screen": b"braket.iqm.Garnet",
    "ps": b"deployments.cli",
}
"""Where is looked, and what must be found there, or the search looked in vain."""


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory, prefect_server, s3_server, start_service):
    """Everything once; refusals and failures are checked on the way."""
    folder = tmp_path_factory.mktemp("rehearsal")
    with pytest.MonkeyPatch.context() as environment, ExitStack() as stack:
        environment.setattr(ionq_client, "FIRST_DELAY_S", 0.001)
        environment.setattr(pass_gates, "retry_delay_seconds", [0.01] * 3)
        on = scenes.Rehearsal(folder, environment)
        stack.enter_context(all_logs(folder / "logs"))
        stack.enter_context(command_lines(folder / "ps"))
        scenes.prepare(on, s3_server)
        verbs = scenes.start_verbs(on, start_service)
        for verb in verbs:
            stack.callback(verb.process.kill)
        scenes.on_s3(on, s3_server)
        scenes.on_ionq(on, start_service("ionq_service"))
        braket = start_service("braket_service")
        scenes.on_braket(on, braket)
        scenes.without_ledger(on)
        scenes.on_watch(on, braket)
        scenes.end_verbs(on, verbs)
        APILogHandler().flush()
    return on


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_anywhere(rehearsal, place):
    text = rehearsal.text(place)
    assert PLACES[place] in text
    leaks = find_leaks(text, rehearsal.secrets)
    for l in leaks: print("LEAK", place, l, file=open("/tmp/leaks.txt","a"))
    assert leaks == []
