"""Prefect's API: whether one is configured, and whether it answers."""

from qml_core.errors import QMLError

TIMEOUT_S = 5.0


def configured_url() -> str | None:
    """URL of the configured Prefect API; none: a temporary server is started for each run."""
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    return None if url is None else str(url).rstrip("/")


def check_api(url: str) -> None:
    """Raise QMLError where the API does not answer."""
    import httpx

    try:
        httpx.get(f"{url}/health", timeout=TIMEOUT_S).raise_for_status()
    except httpx.HTTPError as error:
        raise QMLError(
            f"Prefect's API at {without_password(url)} does not answer: {type(error).__name__}",
            "start it with `prefect server start`, unset PREFECT_API_URL, or add --local",
        ) from error


def without_password(url: str) -> str:
    """The URL with what stands before the @ left out."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url
