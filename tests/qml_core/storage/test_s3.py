"""S3 under faults: bounded, never wrong, and no secret in anything that can be shown."""

import pickle
import time
from datetime import datetime, timedelta, timezone

import pytest

from qml_core.errors import (
    ArtifactNotFound,
    CorruptArtifact,
    SpecError,
    StorageDenied,
    StorageError,
    StorageFull,
    StorageUnavailable,
)
from qml_core.storage.content import get_verified, put_content
from qml_core.storage.probe import open_checked_store, probe
from qml_core.storage.s3_errors import storage_error
from qml_core.storage.store import ArtifactStore, open_store

pytestmark = pytest.mark.s3
QUICK = {("503", "put_if_absent"), ("reset", "get"), ("truncate", "get")}
LARGE = bytes(range(256)) * 8192  # 2 MiB


def every(n: int, fault: str):
    return lambda request, number: fault if number % n == 0 else None


@pytest.mark.parametrize("fault", ["500", "503", "reset", "truncate", "lost"])
def test_an_operation_survives_a_fault_in_every_third_request(proxy, proxied, fault: str) -> None:
    proxy.rule = every(3, fault)
    for number in range(2):
        ref = put_content(proxied, "blocks", LARGE + bytes([number]), ".bin")
        assert get_verified(ref) == LARGE + bytes([number])


FAILING = [
    pytest.param(fault, act, marks=() if (fault, act) in QUICK else pytest.mark.slow)
    for fault in ("500", "503", "reset", "truncate")
    for act in ("put", "put_if_absent", "get", "exists", "list", "delete")
    if fault != "truncate" or act == "get"
]


@pytest.mark.parametrize(("fault", "operation"), FAILING)
def test_a_server_that_always_fails_costs_few_requests(
    proxy, proxied, fault: str, operation: str
) -> None:
    proxied.put("a/b.bin", b"x")
    proxy.requests.clear()
    proxy.rule = lambda request, number: fault
    arguments = {"put": (b"x",), "put_if_absent": (b"x",)}.get(operation, ())
    path = "a" if operation == "list" else "a/b.bin"
    started = time.monotonic()
    with pytest.raises(StorageUnavailable) as caught:
        getattr(proxied, operation)(path, *arguments)
    assert caught.value.retryable
    assert 2 <= len(proxy.requests) <= 24
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("operation", ["put", "get", "list"])
def test_a_server_that_never_answers_is_given_up(
    proxy, proxied, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    monkeypatch.setattr("qml_core.storage.s3._SECONDS", 0.5)
    proxy.rule = lambda request, number: "hang"
    with pytest.raises(StorageUnavailable):
        getattr(proxied, operation)("a", *((b"x",) if operation == "put" else ()))


def test_a_lost_answer_of_a_conditional_write_is_a_success(proxy, proxied) -> None:
    def lose_first_try(request, number):
        seen = [r.target for r in proxy.requests].count(request.target)
        return "lost" if request.method == "PUT" and seen == 1 else None

    proxy.rule = lose_first_try
    for number in range(5):
        assert proxied.put_if_absent(f"m/{number}.json", b"ours")
        assert not proxied.put_if_absent(f"m/{number}.json", b"theirs")


def test_a_conflict_answer_without_an_object_is_written_again(proxy, proxied) -> None:
    proxy.rule = lambda request, number: "409" if number == 1 else None
    assert proxied.put_if_absent("m/x.json", b"ours")
    assert proxied.get("m/x.json") == b"ours"


def test_a_bit_flipped_on_the_wire_is_read_again(proxy, proxied) -> None:
    proxied.put("a/b.bin", LARGE)
    proxy.requests.clear()
    proxy.rule = lambda request, number: "flip" if number == 1 else None
    assert proxied.get("a/b.bin") == LARGE
    proxy.rule = lambda request, number: "flip"
    with pytest.raises(CorruptArtifact, match=r"a/b\.bin"):
        proxied.get("a/b.bin")


def test_an_endpoint_that_ignores_conditions_is_refused(proxy, s3_url: str) -> None:
    proxy.rule = lambda request, number: (
        "unconditional" if "if-none-match" in request.headers else None
    )
    store = open_store(s3_url)
    report = probe(store)
    assert (report.readable, report.writable, report.conditional) == (True, True, False)
    with pytest.raises(StorageError, match="If-None-Match"):
        open_checked_store(s3_url)
    assert store.list() == [], "the probe cleans up after itself"


def test_a_wrong_key_is_denied_without_retries(
    proxy, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
    store = open_store(s3_url)
    for act in (lambda: store.put("a/b", b"x"), lambda: store.get("a/b"), store.list):
        with pytest.raises(StorageDenied, match="AWS_SECRET_ACCESS_KEY"):
            act()
    assert len(proxy.requests) <= 6


def test_missing_credentials_are_denied(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(StorageDenied, match="no S3 credentials"):
        open_store(s3_url).get("a/b")


def test_an_unreachable_endpoint_is_unavailable(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QML_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    started = time.monotonic()
    with pytest.raises(StorageUnavailable, match="QML_S3_ENDPOINT_URL"):
        open_checked_store(s3_url)
    assert time.monotonic() - started < 60


@pytest.mark.usefixtures("s3_url")
def test_a_missing_bucket_is_named() -> None:
    store = open_store("s3://no-such-bucket/x")
    with pytest.raises(StorageError, match="no-such-bucket"):
        store.list()


def test_the_client_can_be_opened_in_another_thread(s3_url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        store = pool.submit(open_store, s3_url).result()
        pool.submit(store.put, "a/b", b"x").result()
    assert store.get("a/b") == b"x"


def test_no_secret_is_in_anything_that_can_be_shown(
    s3_server, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(s3_url)
    store.put("a/b", b"x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", wrong := "another-very-secret-key")
    shown = [repr(store), str(store), store.url, repr(vars(store))]
    shown.append(pickle.dumps(store).decode("latin-1"))
    with pytest.raises(StorageDenied) as caught:
        open_store(s3_url).get("a/b")
    shown += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
    for secret in (s3_server.secret_key, s3_server.access_key, wrong):
        assert not any(secret in text for text in shown)


def test_a_pickled_store_is_its_url_only(s3_url: str) -> None:
    store = open_store(s3_url)
    assert store.__reduce__() == (open_store, (s3_url,))
    assert pickle.loads(pickle.dumps(store)) is store  # noqa: S301


def test_an_unfinished_upload_is_found_and_discarded(s3_url: str) -> None:
    store = open_store(s3_url)
    key = store._key("a/large.bin")
    store._fs.call_s3("create_multipart_upload", Bucket=store._bucket, Key=key)
    now = datetime.now(timezone.utc)
    assert store.unfinished_writes(now - timedelta(days=1)) == []
    (left,) = store.unfinished_writes(now + timedelta(days=1))
    store.discard_write(left)
    store.discard_write(left)
    assert store.unfinished_writes(now + timedelta(days=1)) == []
    assert store.list() == []


@pytest.mark.usefixtures("s3_url")
def test_an_empty_object_cannot_be_a_lock(s3_url: str) -> None:
    with pytest.raises(SpecError):
        open_store(s3_url).put_if_absent("a/lock", b"")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, "AccessDenied", StorageDenied),
        (404, "NoSuchKey", ArtifactNotFound),
        (404, "NoSuchBucket", StorageError),
        (400, "EntityTooLarge", StorageFull),
        (403, "QuotaExceeded", StorageFull),
        (507, "InsufficientStorage", StorageFull),
        (429, "TooManyRequests", StorageUnavailable),
        (503, "SlowDown", StorageUnavailable),
        (301, "PermanentRedirect", StorageError),
    ],
)
def test_an_answer_is_translated_by_status_and_code(
    status: int, code: str, expected: type[StorageError]
) -> None:
    error = OSError("some text")
    error.__cause__ = Answered(status, code)
    assert type(storage_error(error, "a/b", "bucket")) is expected


class Answered(Exception):
    def __init__(self, status: int, code: str) -> None:
        self.response = {"ResponseMetadata": {"HTTPStatusCode": status}, "Error": {"Code": code}}


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["500", "503", "reset", "truncate", "lost"])
def test_two_hundred_operations_survive_faults_in_three_of_ten(
    proxy, proxied: ArtifactStore, fault: str
) -> None:
    proxy.rule = lambda request, number: fault if number % 10 in (3, 6, 9) else None
    for number in range(100):
        ref = put_content(proxied, "blocks", LARGE + bytes([number]), ".bin")
        assert get_verified(ref) == LARGE + bytes([number])
