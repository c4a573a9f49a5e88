"""Devices of tasks: where credentials come from, who opens what, how many slots a device has."""

import threading

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate

from qml_core.errors import BackendDenied
from qml_core.specs import BackendSpec
from tasks import devices

SECRET = "sesame-1f3a"
DEVICE = "ionq.forte-1"


def denied(secrets, environment):
    """What is said of a block that cannot be read, its causes included."""
    with pytest.raises(BackendDenied) as caught:
        devices.credentials(secrets, environment)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return str(caught.value)


def test_credentials_are_the_environments_and_need_no_prefect_where_it_has_them(monkeypatch):
    monkeypatch.setattr(Secret, "load", lambda name: pytest.fail("asked"))
    environment = {"IONQ_API_KEY": SECRET, "IONQ_API_KEY_BLOCK": "ionq", "HOME": "/"}
    assert devices.credentials(["IONQ_API_KEY"], environment) == environment
    assert devices.credentials(["QISKIT_IBM_TOKEN"], environment) == environment


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_server")
class TestBlocks:
    @pytest.mark.parametrize("secret", [SECRET, "0123456789", "1e5", "null", "ключ"])
    def test_a_secret_block_is_read_as_the_text_it_holds(self, secret):
        Secret(value=secret).save("a-key", overwrite=True)
        found = devices.credentials(["IONQ_API_KEY"], {"IONQ_API_KEY_BLOCK": "a-key"})
        assert found["IONQ_API_KEY"] == secret

    def test_only_the_blocks_that_are_asked_for_are_read(self):
        environment = {"IONQ_API_KEY_BLOCK": "no-such-block"}
        assert devices.credentials(devices.SECRETS["braket"], environment) == environment

    def test_a_missing_block_is_denied_without_what_stands_for_its_name(self):
        said = denied(["IONQ_API_KEY"], {"IONQ_API_KEY_BLOCK": SECRET})
        assert "IONQ_API_KEY_BLOCK" in said
        assert SECRET not in said

    @pytest.mark.parametrize("value", [{"key": SECRET}, 7, ""])
    def test_a_block_that_holds_no_text_is_denied_without_what_it_holds(self, value):
        Secret(value=value).save("no-text", overwrite=True)
        assert SECRET not in denied(["IONQ_API_KEY"], {"IONQ_API_KEY_BLOCK": "no-text"})

    def test_a_device_is_opened_with_the_secret_of_a_block(self, ionq, monkeypatch):
        ionq.control(key=SECRET)
        Secret(value=SECRET).save("loopback-ionq", overwrite=True)
        monkeypatch.delenv("IONQ_API_KEY")
        monkeypatch.setenv("IONQ_API_KEY_BLOCK", "loopback-ionq")
        assert devices.device(BackendSpec(name=DEVICE), seed=0).status().operational


