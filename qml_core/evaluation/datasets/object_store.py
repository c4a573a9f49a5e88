"""One object of an S3 store as bytes, with the store's errors translated."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from qml_core.client_logs import AWS, quiet
from qml_core.errors import DataError, StorageDenied, StorageUnavailable
from qml_core.evaluation.datasets.limits import check_size
from qml_core.settings import Settings

_TIMEOUTS = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 2}}


def fetch(path: str, options: Mapping[str, Any] | None, max_bytes: int) -> bytes:
    """The bytes of s3://bucket/key, at most `max_bytes`.

    Raises:
        DataError: no such object, an empty one, or one above the limit.
        StorageDenied: the credentials do not allow it, or there are none.
        StorageUnavailable: the endpoint does not answer.
    """
    import fsspec

    quiet(*AWS)
    given = dict(_from_settings() if options is None else options)
    given.setdefault("config_kwargs", _TIMEOUTS)
    with _translated(path):
        system = fsspec.filesystem(
            "s3", use_listings_cache=False, skip_instance_cache=True, **given
        )
        size = int(system.info(path)["size"] or 0)
        check_size(path, size, max_bytes)
        return bytes(system.cat_file(path))


def _from_settings() -> dict[str, Any]:
    endpoint = Settings.from_environment().s3_endpoint_url
    return {} if endpoint is None else {"endpoint_url": endpoint}


@contextmanager
def _translated(path: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"object {path} does not exist", "check bucket and key") from error
    except (PermissionError, NoCredentialsError) as error:
        raise StorageDenied(
            f"{path} may not be read ({type(error).__name__})",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ) from None  # botocore's text may name the key
    except (BotoCoreError, ClientError, OSError) as error:
        raise StorageUnavailable(
            f"{path} cannot be fetched ({type(error).__name__})",
            "check QML_S3_ENDPOINT_URL and the network",
        ) from None
