"""What IonQ asks for a job, and what it says of its devices."""

from typing import Any

import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.budget.prices import Price
from qml_core.errors import BackendBusy, PriceUnknown

KEY = "cd" * 32
SHOTS = 4000


def test_what_was_estimated_is_at_least_what_is_billed(
    ionq: Any, open_ionq: Any, pair: Any, collect: Any
) -> None:
    backend = open_ionq()
    circuits = [pair(0, 1), pair(2, 3)]
    estimate = backend.estimate(circuits[0], 2, SHOTS)
    result = collect(backend, backend.submit(circuits, SHOTS, KEY))
    assert result.billed is not None
    assert result.billed.microusd == ionq.control()["bill"] > 0
    assert result.billed.microusd <= estimate.microusd <= 1.2 * result.billed.microusd


def test_the_dated_price_counts_where_the_service_estimates_nothing_in_dollars(
    ionq: Any, open_ionq: Any, pair: Any
) -> None:
    per_gate = {"usd_per_one_qubit_gate_shot": 0.00022, "usd_per_two_qubit_gate_shot": 0.000975}
    price = Price.model_validate(
        {
            **{"backend": "ionq.forte-1", "as_of": "2024-12-01", "source": "test"},
            **per_gate,
            "minimum_usd_per_circuit": 12.4166,
        }
    )
    backend = open_ionq(prices=[price])
    asked = backend.estimate(pair(0, 1), 3, 1000)
    ionq.control(fail_reads=[[503, "down"]] * 4)
    with pytest.raises(BackendBusy):  # what it estimates now may be more
        backend.estimate(pair(0, 1), 3, 1000)
    ionq.control(fail_reads=[[404, "not here"]])
    assert backend.estimate(pair(0, 1), 3, 1000) == asked
    ionq.control(unit="credit")
    assert backend.estimate(pair(0, 1), 3, 1000) == asked
    with pytest.raises(PriceUnknown):
        open_ionq(prices=[]).estimate(pair(0, 1), 3, 1000)


def test_a_bill_in_credits_is_not_said_in_dollars(
    ionq: Any, open_ionq: Any, pair: Any, collect: Any
) -> None:
    ionq.control(unit="credit")
    backend = open_ionq()
    assert collect(backend, backend.submit([pair(0, 1)], 10, KEY)).billed is None


def test_the_simulator_is_free(ionq: Any, open_ionq: Any, pair: Any, collect: Any) -> None:
    backend = open_ionq("ionq.simulator")
    assert backend.estimate(pair(0, 1), 100, 10_000).microusd == 0
    result = collect(backend, backend.submit([pair(0, 1)], 10, KEY))
    assert result.billed is not None
    assert result.billed.microusd == 0


def test_the_status_says_what_the_service_says(ionq: Any, open_ionq: Any) -> None:
    assert open_ionq().status().operational
    assert open_ionq("ionq.simulator").status().operational
    ionq.control(degraded=True)
    status = open_ionq().status()
    assert status.operational
    assert status.reason.startswith("degraded, average_queue_time 1181215")
    ionq.control(status="unavailable")
    assert open_ionq().status().reason == "unavailable, degraded"
    assert not open_ionq().status().operational
    assert not open_ionq("ionq.nowhere").status().operational


def test_validate_asks_the_device_for_its_qubits(ionq: Any, open_ionq: Any, pair: Any) -> None:
    large = QuantumScript([qml.X(36)], [qml.probs(wires=range(37))])
    assert [each.rule for each in open_ionq().validate([large], 10)] == ["qubits"]
    assert open_ionq().validate([pair(0, 1)], 10) == ()
    assert ionq.control()["posts"] == 0
