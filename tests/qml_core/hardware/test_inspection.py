"""A backend is told as it stands, and one that cannot be opened by the reason."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import pytest

from qml_core.budget.prices import Price
from qml_core.errors import BackendBusy, BackendDenied
from qml_core.hardware.inspection import inspect_backend, price_in_words
from qml_core.hardware.protocol import Status
from qml_core.references import Calibration, QubitCalibration

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
GARNET = Price(
    backend="braket.iqm.Garnet",
    as_of=date(2026, 11, 20),
    source="a page",
    usd_per_job=0.3,
    usd_per_shot=0.00145,
)


@dataclass
class Device:
    """What inspection asks for, answered from memory."""

    taken_at: datetime | None = NOW - timedelta(hours=5)
    fails: Exception | None = None

    def status(self):
        return Status(True, queue=3)

    def calibration(self):
        if self.fails is not None:
            raise self.fails
        qubits = (QubitCalibration(),) * 20
        return Calibration(provider="p", backend="b", taken_at=self.taken_at, qubits=qubits)


def inspect(name="braket.iqm.Garnet", device=None, prices=(GARNET,), memory=2**30):
    def find(asked):
        assert asked == name
        if isinstance(device, Exception):
            raise device
        return device or Device()

    return inspect_backend(name, find, prices, NOW, memory)


def test_a_qpu_is_told_with_queue_qubits_age_and_dated_price():
    found = inspect()
    assert (found.serves, found.queue, found.qubits) == (True, 3, 20)
    assert found.calibration_age_h == 5.0
    assert found.price == "0.30 USD a job + 0.00145 USD a shot"
    assert (found.price_as_of, found.price_source) == (date(2026, 11, 20), "a page")


def test_a_qpu_that_cannot_be_opened_keeps_its_price_and_says_why():
    found = inspect(device=BackendDenied("no credentials", "set AWS_ACCESS_KEY_ID"))
    assert found.serves is None
    assert found.reason == "no credentials; set AWS_ACCESS_KEY_ID"
    assert found.price


def test_a_device_whose_calibration_cannot_be_read_still_shows_its_status():
    found = inspect(device=Device(fails=BackendBusy("429")))
    assert (found.serves, found.queue, found.reason) == (True, 3, "429")
    assert found.calibration_age_h is None


def test_words_of_an_error_that_is_not_ours_are_not_told_for_they_may_hold_a_credential():
    found = inspect(device=RuntimeError("token=sesame"))
    assert found.reason == "RuntimeError"
    assert "sesame" not in found.model_dump_json()


def test_an_unknown_calibration_date_is_no_age():
    assert inspect(device=Device(taken_at=None)).calibration_age_h is None


def test_a_qpu_without_a_price_has_none():
    assert inspect(prices=()).price == ""


@pytest.mark.parametrize(("name", "qubits"), [("qml.batched", 24), ("default.mixed", 12)])
def test_the_qubits_of_a_simulator_are_what_memory_holds(name, qubits):
    found = inspect(name, device=AssertionError("simulators are not opened"))
    assert (found.serves, found.qubits, found.price) == (True, qubits, "")


def test_the_qubits_told_are_the_most_that_the_gate_lets_pass():
    from qml_core.errors import CircuitRefused
    from qml_core.simulation.memory import check_memory

    for memory in (2**30 - 1, 2**30, 3 * 2**30):
        most = inspect("qml.batched", memory=memory).qubits
        check_memory(most, 16, memory)
        with pytest.raises(CircuitRefused):
            check_memory(most + 1, 16, memory)


def test_a_simulator_whose_client_is_missing_says_so(monkeypatch):
    monkeypatch.setattr("qml_core.hardware.inspection.find_spec", lambda module: None)
    found = inspect("qiskit.aer")
    assert (found.serves, found.reason) == (None, "qiskit_aer is not installed")


def test_gate_prices_are_told_without_exponents_and_with_their_minimum():
    price = Price(
        backend="ionq.qpu", as_of=NOW.date(), source="a contract",
        usd_per_one_qubit_gate_shot=0.00003, usd_per_two_qubit_gate_shot=0.0003,
        minimum_usd_per_circuit=1.0,
    )  # fmt: skip
    assert price_in_words(price) == (
        "0.00003 USD a one-qubit gate and shot + 0.0003 USD a two-qubit gate and shot, "
        "1.00 USD a circuit at least"
    )
    assert price_in_words(GARNET.model_copy(update={"usd_per_job": 0, "usd_per_shot": 0})) == "free"
