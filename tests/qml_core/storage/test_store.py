"""One contract for every store."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.errors import ArtifactNotFound, QMLError, SpecError
from qml_core.storage.probe import open_checked_store, probe
from qml_core.storage.store import ArtifactStore, check_path, open_store


def test_what_was_put_is_got(store: ArtifactStore) -> None:
    data = bytes(range(256)) * 5000
    store.put("blocks/aa/one.parquet", data)
    assert store.get("blocks/aa/one.parquet") == data
    assert store.exists("blocks/aa/one.parquet")


def test_an_absent_object_is_an_error_that_names_it(store: ArtifactStore) -> None:
    with pytest.raises(ArtifactNotFound, match=r"blocks/nothing\.bin"):
        store.get("blocks/nothing.bin")
    assert not store.exists("blocks/nothing.bin")
    assert store.list("blocks") == []


def test_a_put_replaces(store: ArtifactStore) -> None:
    store.put("refs/latest.json", b"a longer first one")
    store.put("refs/latest.json", b"second")
    assert store.get("refs/latest.json") == b"second"


def test_the_first_conditional_write_wins(store: ArtifactStore) -> None:
    assert store.put_if_absent("m/manifest.json", b"first")
    assert not store.put_if_absent("m/manifest.json", b"second")
    assert store.put_if_absent("m/manifest.json", b"first"), "the same bytes are there"
    assert store.get("m/manifest.json") == b"first"


def test_of_writers_that_race_exactly_one_wins(store: ArtifactStore) -> None:
    barrier, wins = threading.Barrier(6), []

    def write(number: int) -> None:
        barrier.wait()
        if store.put_if_absent("m/race.json", f"writer {number}".encode()):
            wins.append(number)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) == 1
    assert store.get("m/race.json") == f"writer {wins[0]}".encode()


def test_a_listing_shows_path_size_and_time_of_a_folder(store: ArtifactStore) -> None:
    for path in ("runs/b.json", "runs/a.json", "runs-old/c.json", "refs/x.json"):
        store.put(path, b"12345")
    listed = store.list("runs")
    assert [entry.path for entry in listed] == ["runs/a.json", "runs/b.json"]
    assert {entry.size for entry in listed} == {5}
    age = datetime.now(timezone.utc) - listed[0].modified
    assert timedelta(seconds=-5) < age < timedelta(minutes=2)
    assert len(store.list()) == 4


def test_a_deleted_object_is_gone_and_may_be_deleted_again(store: ArtifactStore) -> None:
    store.put("a/b.bin", b"x")
    store.delete("a/b.bin")
    store.delete("a/b.bin")
    assert not store.exists("a/b.bin")


def test_a_moved_object_is_only_at_its_target(store: ArtifactStore) -> None:
    store.put("a/b.bin", b"x")
    store.move("a/b.bin", "quarantine/a/b.bin")
    assert not store.exists("a/b.bin")
    assert store.get("quarantine/a/b.bin") == b"x"
    with pytest.raises(ArtifactNotFound):
        store.move("a/b.bin", "quarantine/a/c.bin")


def test_a_store_passes_its_probe_and_leaves_nothing(store: ArtifactStore) -> None:
    report = probe(store)
    assert (report.readable, report.writable, report.conditional) == (True, True, True)
    assert store.list() == []
    assert open_checked_store(store.url) is open_checked_store(store.url)


def test_threads_share_a_store(store: ArtifactStore) -> None:
    failures = []

    def work(number: int) -> None:
        try:
            store.put(f"t/{number}.bin", bytes([number]) * 1000)
            assert store.get(f"t/{number}.bin") == bytes([number]) * 1000
        except (QMLError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store.list("t")) == 8


BAD_PATHS = [
    "../x", "a/../b", "a/..", "/etc/passwd", "a//b", "a/", "", ".hidden", "a/.tmp-x", "a%2e%2e/b",
    "A/b", "a b", "a\\b", "a\n", "ａ/b", "a/b\0", "x" * 129, "~root", "a/…", "a?upload=b", "a..b",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_outside_the_allow_list_reaches_no_store(store: ArtifactStore, path: str) -> None:
    with pytest.raises(SpecError):
        store.put(path, b"x")
    with pytest.raises(SpecError):
        store.get(path)
    with pytest.raises(SpecError):
        store.move("a/b", path)


@given(st.text(max_size=40))
def test_every_accepted_path_stays_below_its_folder(text: str) -> None:
    try:
        path = check_path(text)
    except SpecError:
        return
    assert path == text
    assert path.isascii()
    assert not {".", "..", ""} & set(path.split("/"))


@pytest.mark.parametrize(
    "url",
    [
        "http://host/x", "reference://x", "zip::file:///x", "/tmp/x", "", "gs://bucket", "file://x/y",
        "file:///", "file:relative", "file:///a/../b", "s3://", "s3://UPPER/x", "s3://b/../x",
        "s3://bucket/a//b", "file:///a?x=1",
    ],
)  # fmt: skip
def test_an_unknown_or_unsafe_url_is_refused(url: str) -> None:
    with pytest.raises(SpecError):
        open_store(url)


def test_credentials_in_a_url_are_refused_and_not_shown() -> None:
    for url in ("s3://AKIA:topsecret@bucket/x", "https://me:topsecret@host/x"):
        with pytest.raises(SpecError) as caught:
            open_store(url)
        assert "topsecret" not in repr(caught.value) + str(caught.value)
