"""No secret is anywhere: flows and verbs run with secrets in every place they can be given.

They run on loopback providers, with success and with failure, with every logger at DEBUG and
Prefect's log sent to its API; then every place that keeps text is searched, in every form.
"""

import base64
import json
import re
import subprocess
import sys
import textwrap
from contextlib import ExitStack
from urllib.parse import quote, quote_plus

import pyarrow.parquet
import pytest
import rehearsal as scenes
import rehearsed_verbs
from leaks import all_logs, command_lines, database_text, error_text, find_leaks, folder_text
from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.logging.handlers import APILogHandler

from qml_core.hardware.backends import ionq_client
from qml_core.hardware.registry import open_backend
from qml_core.specs import BackendSpec
from tasks.gates import pass_gates

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

PLACES = {
    "logs": b"qml_core",
    "database": b"kernel-matrix",
    "prefect's folder": b"storage/",
    "store": b"moons",
    "metrics": b"qml_backend_up",
    "errors": b"BackendBusy",
    "screen": b"braket.iqm.Garnet",
    "ps": b"deployments.cli",
}
"""Where is looked, and what must be found there, or the search looked in vain."""


@pytest.fixture
def quick(monkeypatch):
    make_quick(monkeypatch)


def make_quick(monkeypatch):
    """What is repeated, is repeated at once."""
    monkeypatch.setattr(ionq_client, "FIRST_DELAY_S", 0.001)
    monkeypatch.setattr(pass_gates, "retry_delay_seconds", [0.01] * 3)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory, prefect_server, s3_server, start_service):
    """Everything once; refusals and failures are checked on the way."""
    folder = tmp_path_factory.mktemp("rehearsal")
    with pytest.MonkeyPatch.context() as environment, ExitStack() as stack:
        make_quick(environment)
        on = scenes.Rehearsal(folder, environment)
        stack.enter_context(all_logs(folder / "logs"))
        stack.enter_context(command_lines(folder / "ps"))
        scenes.prepare(on, s3_server)
        verbs = rehearsed_verbs.start_verbs(on, start_service)
        for verb in verbs:
            stack.callback(verb.process.kill)
        scenes.on_ionq(on, start_service("ionq_service"), s3_server)
        scenes.without_store(on, s3_server)
        braket = start_service("braket_service")
        scenes.on_braket(on, braket)
        scenes.without_ledger(on)
        scenes.on_watch(on, braket)
        rehearsed_verbs.end_verbs(on, verbs)
        APILogHandler().flush()
    return on


@pytest.mark.s3
@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_anywhere(rehearsal, place):
    text = rehearsal.text(place)
    assert PLACES[place] in text
    assert find_leaks(text, rehearsal.secrets) == []


@pytest.mark.s3
@pytest.mark.slow
def test_no_secret_is_where_long_verbs_leave_something(
    tmp_path, monkeypatch, s3_server, start_service
):
    on = scenes.Rehearsal(tmp_path, monkeypatch)
    scenes.prepare(on, s3_server)
    with command_lines(tmp_path / "ps"):
        verbs = rehearsed_verbs.start_long_verbs(on, start_service)
        rehearsed_verbs.end_verbs(on, verbs)
    prefect = tmp_path / "home" / "qml" / "prefect"
    found = [on.text(place) for place in ("screen", "store", "database", "prefect's folder", "ps")]
    found += [folder_text(prefect), database_text(prefect / "prefect.db")]
    assert b"kernel-matrix" in found[-1]
    assert b"watched" in found[0]
    assert [find_leaks(text, on.secrets) for text in found] == [[]] * len(found)


def basic(secret):
    return base64.b64encode(f"user:{secret}".encode()).decode()


def lower_escapes(secret):
    return re.sub("%..", lambda sign: sign[0].lower(), quote(secret, safe=""))


FORMS = {
    "plain": str,
    "URL": lambda secret: quote(secret, safe=""),
    "URL, lower case": lambda secret: re.sub(
        "%..", lambda sign: sign[0].lower(), quote(secret, "")
    ),
    "form": quote_plus,
    "JSON": json.dumps,
    "repr": lambda secret: repr({"key": secret}),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 after a name": basic,
    "base64 after a longer name": lambda secret: basic(f"x{secret}"),
    "URL-safe base64": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "wrapped base64": lambda secret: "\n".join(textwrap.wrap(basic(secret), 20)),
    "wrapped base64 in JSON": lambda secret: json.dumps("\n".join(textwrap.wrap(basic(secret), 9))),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_search_finds_a_secret_in_every_form(form):
    secrets = {"a": scenes.sentinel(), "b": scenes.sentinel()}
    text = f"before {FORMS[form](secrets['a'])} after"
    assert [leak.name for leak in find_leaks(text, secrets)] == ["a"]
    assert [leak.name for leak in find_leaks(b"\xff\0" + text.encode(), secrets)] == ["a"]


def test_the_search_finds_what_a_flow_leaks(tmp_path, monkeypatch):
    names = ("parameter", "logged", "shown", "stored", "raised", "hidden")
    seeds = {name: scenes.sentinel() for name in names}
    (tmp_path / "store").mkdir()

    @flow(name="leaking")
    def leaking(parameter: str) -> None:
        get_run_logger().debug("the key is %s", seeds["logged"])
        create_markdown_artifact(basic(seeds["shown"]), key="leaking")
        table = pyarrow.table({"key": [seeds["stored"]] * 99})
        pyarrow.parquet.write_table(table, tmp_path / "store" / "x.parquet", compression="zstd")
        try:
            raise KeyError(seeds["hidden"])
        except KeyError:
            raise ValueError(seeds["raised"]) from None

    on = scenes.Rehearsal(tmp_path, monkeypatch)
    with all_logs(tmp_path / "logs"):
        with pytest.raises(ValueError, match=re.escape(seeds["raised"])) as caught:
            leaking(seeds["parameter"])
        APILogHandler().flush()
    on.errors.append(error_text(caught.value))

    def found(place):
        return {leak.name for leak in find_leaks(on.text(place), seeds)}

    assert found("database") == {"parameter", "logged", "shown", "raised"}
    assert found("logs") >= {"logged", "raised", "hidden"}
    assert found("errors") == {"raised", "hidden"}
    assert found("store") == {"stored"}


def test_the_search_finds_what_a_client_logs_that_was_not_kept_quiet(
    tmp_path, braket, quick, monkeypatch
):
    secrets = {name: scenes.sentinel() for name in ("AWS_SESSION_TOKEN", "AWS_SECRET_ACCESS_KEY")}
    for name, secret in secrets.items():
        monkeypatch.setenv(name, secret)

    def logged(file):
        with all_logs(file):
            assert open_backend(BackendSpec(name=scenes.BRAKET)).status().operational
        return [leak.name for leak in find_leaks(file.read_bytes(), secrets)]

    assert logged(tmp_path / "kept quiet") == []
    monkeypatch.setattr("qml_core.hardware.backends.braket_session.quiet", lambda *_: None)
    assert logged(tmp_path / "loud") == ["AWS_SESSION_TOKEN"]


def test_the_search_finds_a_secret_on_a_command_line(tmp_path):
    secret = scenes.sentinel()
    with command_lines(tmp_path / "ps"):
        subprocess.run([sys.executable, "-c", "import time; time.sleep(1)", secret], check=True)
    assert find_leaks((tmp_path / "ps").read_bytes(), {"a": secret})
