"""How an alert leaves the house: as words, and as JSON to a web address that is a secret."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from qml_core.budget.entries import Alert
from qml_core.errors import QMLError

if TYPE_CHECKING:
    import httpx

VARIABLE = "QML_ALERT_WEBHOOK"
"""Names the address; whoever knows it can post there, so it is never logged."""

TIMEOUT_S = 10.0


def as_document(alert: Alert) -> dict[str, object]:
    """What is posted; `text` is what chat services show, `id` tells a repetition."""
    return {
        "text": alert.message,
        "id": alert.alert_id,
        "project": alert.project,
        "topic": alert.topic,
        "raised_at": alert.raised_at.isoformat(),
    }


def post(
    url: str, document: Mapping[str, object], transport: "httpx.BaseTransport | None" = None
) -> None:
    """Post JSON; raises QMLError where it was not accepted, without the address.

    The transport is used as it is: httpx's client would log the address.
    """
    import httpx

    timeout = httpx.Timeout(TIMEOUT_S).as_dict()
    try:
        request = httpx.Request("POST", url, json=document, extensions={"timeout": timeout})
        with transport or httpx.HTTPTransport(trust_env=True) as opened:
            response = opened.handle_request(request)
            response.read()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, UnicodeError) as error:
        # without a cause: its words, and the frames of its trace, hold the address
        raise QMLError(f"the webhook of {VARIABLE} failed: {type(error).__name__}") from None
    if not response.is_success:
        raise QMLError(f"the webhook of {VARIABLE} answered {response.status_code}")


Send = Callable[[Alert], None]
"""Delivers an alert; raises QMLError where it could not."""


def deliver(
    alerts: Iterable[Alert], senders: Sequence[Send], mark_sent: Callable[[Alert], None]
) -> tuple[int, str]:
    """Send each alert on every way, then mark it; returns how many, and why it stopped.

    An alert is marked after it has arrived, so that a crash in between repeats it: at least once.
    It stops at the first failure: what is left comes first the next time.
    """
    sent = 0
    for alert in alerts:
        try:
            for send in senders:
                send(alert)
        except QMLError as error:
            return sent, str(error)
        mark_sent(alert)
        sent += 1
    return sent, ""
