"""Alerts arrive at least once, and their address nowhere but at its server."""

import json
import logging
import traceback
from dataclasses import replace
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from qml_core.budget.delivery import as_document, deliver, post
from qml_core.budget.entries import Alert
from qml_core.errors import QMLError

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
ALERT = Alert(
    7, "default", "usd 50", 50, "project default: 50 % of 25.00 USD reached", NOW, NOW, None
)
SECRET = "sesame-1f3a"


def test_the_document_names_project_level_and_number():
    document = as_document(ALERT)
    assert document == {
        "text": ALERT.message, "id": 7, "project": "default", "topic": "usd 50",
        "raised_at": "2026-11-21T12:00:00+00:00",
    }  # fmt: skip
    json.dumps(document)


def test_what_is_posted_is_the_document_as_json_within_a_time_limit():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(204)

    post(f"https://chat.test/{SECRET}", {"text": "hi"}, httpx.MockTransport(answer))
    (request,) = seen
    assert (request.method, json.loads(request.content)) == ("POST", {"text": "hi"})
    assert request.headers["content-type"] == "application/json"
    assert request.extensions["timeout"]["read"] == 10


def refusing(request):
    return httpx.Response(500, text=f"no {SECRET}")


def unreachable(request):
    raise httpx.ConnectError(f"no route to {request.url}")


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        (f"https://chat.test/{SECRET}", refusing),
        (f"https://chat.test/{SECRET}", unreachable),
        (f"https://chat.test:port/{SECRET}", refusing),
        (f"ftp://chat.test/{SECRET}", None),
        (f"{SECRET}", None),
        (f"http://127.0.0.1:9/{SECRET}", None),
    ],
)
def test_a_failure_tells_neither_the_address_nor_the_answer(url, answer, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(QMLError, match="QML_ALERT_WEBHOOK") as caught:
        post(url, {}, answer and httpx.MockTransport(answer))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert SECRET not in told


def test_a_post_that_succeeds_over_a_real_socket_logs_no_address(caplog):
    bodies = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    caplog.set_level(logging.DEBUG)
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request, daemon=True).start()
        post(f"http://127.0.0.1:{server.server_port}/{SECRET}", as_document(ALERT))
    assert bodies == [as_document(ALERT)]
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert SECRET not in caplog.text


def test_an_alert_is_marked_after_every_way_has_taken_it():
    order = []
    sent, failure = deliver(
        [ALERT],
        [lambda a: order.append("webhook"), lambda a: order.append("log")],
        lambda a: order.append("marked"),
    )
    assert (sent, failure) == (1, "")
    assert order == ["webhook", "log", "marked"]


def test_an_alert_that_fails_stays_and_so_does_what_follows():
    marked = []

    def send(alert):
        if alert.alert_id == 8:
            raise QMLError("down")

    alerts = [replace(ALERT, alert_id=number) for number in (7, 8, 9)]
    assert deliver(alerts, [send], lambda a: marked.append(a.alert_id)) == (1, "down")
    assert marked == [7]


def test_a_defect_of_a_sender_is_not_hidden():
    def send(alert):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deliver([ALERT], [send], lambda a: pytest.fail("marked, but not sent"))
