"""IonQ's REST service: reads are repeated within a bound, a submission is sent once."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qml_core.errors import BackendBusy, BackendDenied, BackendError, SpecError
from qml_core.hardware.backends.ionq_errors import error_of_answer

if TYPE_CHECKING:
    import httpx

DEFAULT_URL = "https://api.ionq.co/v0.4"
PAGE = 25
"""Jobs of a page: the most that the service gives."""

MOST_PAGES = 400
FIRST_DELAY_S = 0.5
WORDS = 300

_KEY = re.compile(r"[\x21-\x7e]+")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class IonQClient:
    """Speaks JSON with the service; raises errors of qml_core.errors without the key in them.

    Args:
        url: with the version, https except on loopback.
        key: API key; it goes into the header of each request and nowhere else.
        transport: what sends the requests; None: httpx's own.
        sleep: waits a number of seconds, between reads that are repeated.
        attempts: of a read, all told.
    """

    def __init__(
        self,
        url: str,
        key: str,
        transport: "httpx.BaseTransport | None" = None,
        sleep: Callable[[float], None] = time.sleep,
        attempts: int = 4,
    ) -> None:
        import httpx

        _check(url, key)

        def sign(request: httpx.Request) -> httpx.Request:
            request.headers["Authorization"] = f"apiKey {key}"
            return request

        # httpx repeats nothing by itself, and follows no redirection
        self._http = httpx.Client(
            base_url=url, auth=sign, transport=transport, timeout=httpx.Timeout(60, connect=10)
        )
        self._lost: tuple[type[Exception], ...] = (httpx.HTTPError, httpx.StreamError)
        self._without_key: Callable[[str], str] = lambda text: text.replace(key, "***")
        self._sleep = sleep
        self._attempts = attempts

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """Read; again after 0.5, 1, 2, … s where the service is busy or does not answer."""
        return self._repeat("GET", path, query)

    def put(self, path: str) -> Any:
        """Ask for a state: the same twice is once, so it is repeated like a read."""
        return self._repeat("PUT", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Submit, once: the service knows no client token, so a repetition could be paid twice.

        Raises:
            BackendBusy: among others when the answer is lost; the job may exist.
        """
        return self._ask("POST", path, None, body)

    def jobs(self, query: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Jobs, the newest first, page by page.

        Raises:
            BackendError: there are more than 10,000; what was looked for may be among the rest.
        """
        page: dict[str, Any] = {**(query or {}), "limit": PAGE}
        for _ in range(MOST_PAGES):
            answer = self.get("/jobs", page)
            yield from answer["jobs"]
            if not answer.get("next"):
                return
            page["next"] = answer["next"]
        raise BackendError(
            f"IonQ lists more than {MOST_PAGES * PAGE} jobs, the rest was not looked through",
            "look for the job at cloud.ionq.com",
        )

    def close(self) -> None:
        self._http.close()

    def _repeat(self, method: str, path: str, query: Mapping[str, Any] | None) -> Any:
        for attempt in range(self._attempts - 1):
            try:
                return self._ask(method, path, query, None)
            except BackendBusy:
                self._sleep(FIRST_DELAY_S * 2**attempt)
        return self._ask(method, path, query, None)

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
    ) -> Any:
        try:
            answer = self._http.request(method, path, params=query, json=body)
        except self._lost as error:
            lost = f"{method} {path} of IonQ got no answer ({type(error).__name__})"
            raise BackendBusy(lost, "try again later; see status.ionq.co") from None
        if not answer.is_success:
            raise error_of_answer(method, path, answer.status_code, self._words(answer))
        try:
            return answer.json()
        except ValueError:
            raise BackendBusy(f"{method} {path} of IonQ got an answer that is no JSON") from None

    def _words(self, answer: "httpx.Response") -> str:
        try:
            said = answer.json()
            words = str(said.get("message") or said.get("error") or "")
        except (ValueError, AttributeError):
            words = answer.text
        return " ".join(self._without_key(words).split())[:WORDS]


def _check(url: str, key: str) -> None:
    """Raises BackendDenied without a usable key, SpecError where the key would go out in clear."""
    if not _KEY.fullmatch(key):
        raise BackendDenied(
            "IonQ needs an API key, found none that can be one",
            "set the environment variable IONQ_API_KEY",
        )
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise SpecError(f"URL of IonQ: found {parts.scheme}://{parts.hostname}, must be https")
