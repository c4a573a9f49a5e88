"""Devices of tasks: where credentials come from, who opens what, how many slots a device has."""

import threading

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError

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


@pytest.fixture
def opened(monkeypatch):
    """What was opened, in order: (name, noise, seed, key)."""
    found = []

    def open_backend(spec, seed, environment):
        found.append((spec.name, spec.noise, seed, environment.get("IONQ_API_KEY")))
        return object()

    monkeypatch.setattr(devices, "open_backend", open_backend)
    monkeypatch.setattr(devices, "_open", threading.local())
    monkeypatch.setenv("IONQ_API_KEY", SECRET)
    return found


def in_a_thread(call):
    found = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join()
    return found[0]


def test_a_device_is_opened_once_in_each_thread(opened):
    def twice():
        first, second = (devices.device(BackendSpec(name=DEVICE), seed=0) for _ in range(2))
        assert first is second
        return first

    own, other = twice(), in_a_thread(twice)
    assert own is not other
    assert opened == [(DEVICE, None, 0, SECRET)] * 2


def test_what_makes_another_device_is_opened_too(opened):
    noisy = BackendSpec(name="default.mixed", noise="ibm.fake_manila")
    for spec, seed in [
        (BackendSpec(name=DEVICE), 0),
        (BackendSpec(name=DEVICE), 1),
        (BackendSpec(name="default.mixed"), 0),
        (noisy, 0),
        (BackendSpec(name=DEVICE, shots=7), 1),
    ]:
        devices.device(spec, seed)
    assert [(name, noise, seed) for name, noise, seed, _ in opened] == [
        (DEVICE, None, 0),
        (DEVICE, None, 1),
        ("default.mixed", None, 0),
        ("default.mixed", "ibm.fake_manila", 0),
    ]


def test_a_device_is_opened_anew_with_another_key(opened, monkeypatch):
    devices.device(BackendSpec(name=DEVICE), seed=0)
    monkeypatch.setenv("IONQ_API_KEY", "another")
    devices.device(BackendSpec(name=DEVICE), seed=0)
    assert [key for *_, key in opened] == [SECRET, "another"]


def test_a_device_that_could_not_be_opened_is_tried_again(opened, monkeypatch):
    good = devices.open_backend

    def refuse(spec, seed, environment):
        raise BackendDenied("no")

    monkeypatch.setattr(devices, "open_backend", refuse)
    with pytest.raises(BackendDenied):
        devices.device(BackendSpec(name=DEVICE), seed=0)
    monkeypatch.setattr(devices, "open_backend", good)
    devices.device(BackendSpec(name=DEVICE), seed=0)
    assert len(opened) == 1


def limit_of(name):
    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(f"qml-{name}")


@pytest.mark.prefect
@pytest.mark.usefixtures("prefect_server")
class TestSlots:
    def test_a_limit_is_made_before_its_first_slot_is_taken_and_given_back(self):
        with devices.device_slot("ionq.first"):
            found = limit_of("ionq.first")
            assert (found.limit, found.active, found.active_slots) == (devices.SLOTS, True, 1)
        assert limit_of("ionq.first").active_slots == 0

    def test_a_slot_is_given_back_by_a_task_that_fails(self):
        with pytest.raises(ZeroDivisionError), devices.device_slot("ionq.fails"):
            raise ZeroDivisionError
        assert limit_of("ionq.fails").active_slots == 0

    def test_a_limit_that_someone_set_stays_as_it_is(self):
        set_limit("ionq.own", 3)
        with devices.device_slot("ionq.own"):
            assert (limit_of("ionq.own").limit, limit_of("ionq.own").active_slots) == (3, 1)

    def test_a_limit_is_made_once_where_many_ask_at_once(self, monkeypatch):
        start = threading.Barrier(4)

        def take():
            start.wait(10)
            devices._ensure_limit("qml-ionq.many")

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert limit_of("ionq.many").limit == devices.SLOTS

    def test_no_slot_is_had_without_a_limit(self, monkeypatch):
        monkeypatch.setattr(devices, "_ensure_limit", lambda name: None)
        with pytest.raises(ConcurrencySlotAcquisitionError), devices.device_slot("ionq.none"):
            pytest.fail("ran without a limit")

    def test_no_more_than_the_limit_run_at_once(self):
        """One slot, three tasks: each waits in the server until the one before has ended."""
        set_limit("ionq.narrow", 1)
        running, most, done = 0, 0, []
        lock = threading.Lock()

        def job(k):
            nonlocal running, most
            with devices.device_slot("ionq.narrow"):
                with lock:
                    running += 1
                    most = max(most, running)
                threading.Event().wait(0.05)
                with lock:
                    running -= 1
            done.append(k)

        threads = [threading.Thread(target=job, args=(k,)) for k in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert (most, sorted(done)) == (1, [0, 1, 2])


def set_limit(name, limit):
    with get_client(sync_client=True) as client:
        client.create_global_concurrency_limit(
            GlobalConcurrencyLimitCreate(name=f"qml-{name}", limit=limit)
        )
