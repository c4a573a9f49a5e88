"""Settings come from the environment, have a home per user, and refuse what is out of bounds."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from qml_core.errors import SpecError
from qml_core.settings import Settings, data_folder


def test_without_an_environment_everything_lies_in_the_users_own_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "with blank"))
    settings = Settings.from_environment({})
    assert data_folder() == tmp_path / "with blank" / "qml"
    assert settings.storage_url == (data_folder() / "store").as_uri()
    assert settings.ledger_url == f"sqlite:///{data_folder() / 'ledger.db'}"


def test_each_setting_is_read_from_its_variable() -> None:
    values = {
        "QML_STORAGE_URL": "s3://bucket/prefix",
        "QML_LEDGER_URL": "postgresql://host/ledger",
        "QML_S3_ENDPOINT_URL": "http://127.0.0.1:8333",
        "QML_PANEL_BYTES": str(2**21),
        "OTHER": "ignored",
    }
    settings = Settings.from_environment(values)
    assert settings.storage_url == "s3://bucket/prefix"
    assert settings.ledger_url == "postgresql://host/ledger"
    assert settings.s3_endpoint_url == "http://127.0.0.1:8333"
    assert settings.panel_bytes == 2**21


def test_an_empty_variable_counts_as_absent() -> None:
    assert Settings.from_environment({"QML_PANEL_BYTES": ""}) == Settings.from_environment({})


@pytest.mark.parametrize("value", ["many", "1", "-5", str(2**20 - 1)])
def test_a_value_out_of_bounds_names_its_variable(value: str) -> None:
    with pytest.raises(SpecError, match=re.escape(f"QML_PANEL_BYTES='{value}'")):
        Settings.from_environment({"QML_PANEL_BYTES": value})


def test_settings_are_frozen_and_describe_each_of_their_fields() -> None:
    settings = Settings.from_environment({})
    with pytest.raises(ValidationError, match="frozen"):
        settings.storage_url = "s3://other"
    assert all(field.description for field in Settings.model_fields.values())
