"""A store of its own for each test, small data, and the flows as a user calls them."""

import pytest


@pytest.fixture
def store_url(tmp_path, monkeypatch):
    url = (tmp_path / "store").as_uri()
    monkeypatch.setenv("QML_STORAGE_URL", url)
    return url
