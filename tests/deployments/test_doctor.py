"""`qml doctor` finds what is wrong, says what to do, and shows no secret."""

import json

import pytest


@pytest.fixture(autouse=True)
def _no_api(monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def checks(qml, code):
    said = qml("doctor", "--json")
    assert said.code == code, said
    assert said.err == ""
    return json.loads(said.out)


def test_all_is_well_where_nothing_is_configured(qml, tmp_path):
    found = checks(qml, code=0)
    assert all(check["ok"] for check in found.values()), found
    assert " ".join(found) == "versions packages settings store ledger prefect devices"
    assert "prefect 3." in found["versions"]["found"]
    assert (tmp_path / "store").as_uri() in found["settings"]["found"]
    assert "conditional writes work" in found["store"]["found"]


def test_the_screen_shows_a_mark_per_check_and_no_line_beyond_the_width(qml, monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    lines = qml("doctor").out.splitlines()
    assert sum(line.startswith("ok  ") for line in lines) == 7
    assert max(len(line) for line in lines if " " in line.strip()) <= 70


def test_an_api_that_does_not_answer_fails_with_the_remedy(qml, prefect_url):
    prefect_url("http://127.0.0.1:9/api")
    found = checks(qml, code=1)
    assert not found["prefect"]["ok"]
    assert "http://127.0.0.1:9/api does not answer" in found["prefect"]["found"]
    assert "prefect server start" in found["prefect"]["found"]
    assert found["store"]["ok"]


def test_a_store_that_does_not_answer_fails(qml, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", "s3://bucket/prefix")
    monkeypatch.setenv("QML_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    found = checks(qml, code=1)
    assert "nothing answers at the S3 endpoint 127.0.0.1:9" in found["store"]["found"]


def test_no_secret_is_shown(qml, monkeypatch, prefect_url):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql+psycopg://me:pass-of-the-ledger@db/qml")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "key-of-the-bucket")
    monkeypatch.setenv("QML_S3_ENDPOINT_URL", "http://who:pass-of-the-proxy@127.0.0.1:9")
    monkeypatch.setenv("QML_STORAGE_URL", "s3://bucket/prefix")
    prefect_url("http://me:pass-of-the-api@127.0.0.1:9/api")
    for words in ((), ("--json",)):
        said = qml("doctor", *words)
        assert said.code == 1
        assert "pass-of" not in said.out + said.err
        assert "key-of" not in said.out + said.err
        assert "@db/qml" in said.out.replace("\n", "")


@pytest.fixture
def prefect_url(monkeypatch):
    """Sets the API of Prefect's settings in this process, which reads the environment but once."""
    return lambda url: monkeypatch.setattr("deployments.cli.doctor.configured_url", lambda: url)
