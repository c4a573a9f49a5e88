"""Expectation values on any backend agree with default.qubit, and cost what was planned."""

from collections import Counter
from datetime import datetime, timedelta, timezone

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.budget.ledger import open_ledger
from qml_core.errors import BudgetExceeded, SpecError
from qml_core.hardware.mitigation.cancellation import (
    Cancellation,
    calibrated_noise,
    depolarising,
)
from qml_core.hardware.mitigation.folding import ZNE, fold
from qml_core.hardware.observables import (
    Mitigation,
    expectation_values,
    plan_expectations,
)
from qml_core.hardware.orders import Patience
from qml_core.hardware.placement import restrict
from qml_core.hardware.purchase import Buyer
from qml_core.hardware.registry import noise_record, open_backend
from qml_core.hardware.running import PaidRun, SimulatedRun
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.store import open_store

H = 0.5 * qml.X(0) @ qml.X(1) - 1.2 * qml.Z(0) @ qml.Z(2) + 0.7 * qml.Z(1) + 0.3 * qml.I(0)
PLAN = "5" * 64
NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def written(seed):
    """Three wires in a line, entangled."""
    rng, gates = np.random.default_rng(seed), []
    for _ in range(2):
        gates += [qml.RX(float(rng.uniform(0, 3)), wires=w) for w in range(3)]
        gates += [qml.RZ(float(rng.uniform(0, 3)), wires=w) for w in range(3)]
        gates += [qml.CNOT([0, 1]), qml.CNOT([1, 2])]
    return QuantumScript(gates, [qml.counts(wires=range(3))])


CIRCUITS = [written(seed) for seed in range(3)]


def exact(circuits=CIRCUITS, observable=H):
    tapes = [QuantumScript(c.operations, [qml.expval(observable)]) for c in circuits]
    return np.array(qml.execute(tapes, qml.device("default.qubit")), dtype=float)


@pytest.fixture
def simulated():
    """Opens a simulator as a flow does."""

    def open_run(name, noise=None, seed=3):
        spec = BackendSpec(name=name, noise=noise, shots=100)
        return SimulatedRun(PLAN, open_backend(spec, seed), noise_record(spec))

    return open_run


@pytest.fixture
def paid(tmp_path):
    """(name, budget in micro-dollars) -> a run through ledger and gates, and its ledger."""

    def open_run(name, budget=10**9):
        ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
        ledger.set_budget("default", budget, datetime.now(timezone.utc))
        patience = Patience(timeout=timedelta(minutes=2), grace=timedelta(0), first_poll=0.01)
        buyer = Buyer(
            open_backend(BackendSpec(name=name, shots=100), 3),
            ledger,
            "holder",
            lambda: datetime.now(timezone.utc),
            lambda seconds: None,
            patience,
        )
        store = open_store((tmp_path / "store").as_uri())
        return PaidRun(PLAN, buyer, store, RunSpec(max_calibration_age_h=100_000)), ledger

    return open_run


def test_values_from_shots_are_the_exact_ones_within_their_errors(simulated):
    found = expectation_values(simulated("qml.batched"), CIRCUITS, H, 20_000)
    assert (np.abs(found.raw - exact()) < 5 * found.raw_errors).all()
    np.testing.assert_array_equal(found.mitigated, found.raw)
    assert found.raw_errors.max() < 0.02
    assert not found.readout  # nothing is known of it
    assert found.jobs == found.calibrations == ()


def test_readout_correction_and_extrapolation_undo_most_of_the_noise(simulated):
    run, truth = simulated("default.mixed", "ibm.fake_manila"), exact()
    zne = Mitigation(zne=ZNE((1, 3, 5), extrapolation="richardson"))
    read = expectation_values(run, CIRCUITS, H, 100_000)
    both = expectation_values(run, CIRCUITS, H, 100_000, zne)
    assert read.readout
    assert both.readout
    raw, after, last = (
        np.sqrt(np.mean((values - truth) ** 2))
        for values in (read.raw, read.mitigated, both.mitigated)
    )
    assert after < 0.8 * raw
    assert last < 0.5 * after
    assert (both.mitigated_errors > read.mitigated_errors).all()
    assert (np.abs(both.raw - read.raw) < 5 * read.raw_errors).all()
    assert len(read.calibrations) == 1


def test_cancellation_is_within_its_error_and_keeps_the_raw_value(simulated):
    noise = depolarising(0.03, 2)
    circuit = written(4)
    pec = Cancellation(lambda gate: noise if gate.name == "CNOT" else None, samples=60)
    ideal = simulated("qml.batched")  # without noise it must add some: signs only
    with_noise = expectation_values(ideal, [circuit], H, 4000, Mitigation(pec=pec, seed=2))
    assert abs(with_noise.raw[0] - exact([circuit])[0]) < 5 * with_noise.raw_errors[0]
    assert with_noise.mitigated_errors[0] > with_noise.raw_errors[0]
    # the inverse of a channel that never acted: each Pauli is larger by 1/(its share that is kept)
    kept = 1 - 0.03 * 16 / 15
    one = qml.X(1)
    entangled = QuantumScript([qml.Hadamard(0), qml.CNOT([0, 1])], [qml.counts(wires=range(2))])
    found = expectation_values(
        ideal, [entangled], qml.X(0) @ one, 1000, Mitigation(pec=Cancellation(pec.noise, 600))
    )
    assert abs(found.mitigated[0] - 1 / kept) < 4 * found.mitigated_errors[0]


def test_cancellation_undoes_the_noise_of_a_calibrated_device(simulated):
    run = simulated("default.mixed", "ibm.fake_manila")
    noise = calibrated_noise(restrict(run.noise, (0, 1)))
    gates = [qml.SX(0), qml.RZ(0.3, 0)]
    for _ in range(5):  # native, so that what is written is what runs
        gates += [qml.CNOT([0, 1]), qml.SX(1), qml.RZ(0.4, 1), qml.SX(0)]
    circuit = QuantumScript(gates, [qml.counts(wires=range(2))])
    pec, pair = Mitigation(pec=Cancellation(noise, samples=150), seed=1), qml.Z(0) @ qml.Z(1)
    truth = exact([circuit], pair)[0]
    found = expectation_values(run, [circuit], pair, 20_000, pec)
    read = expectation_values(run, [circuit], pair, 200_000)
    assert abs(read.mitigated[0] - truth) > 5 * read.mitigated_errors[0]
    assert abs(found.mitigated[0] - truth) < 4 * found.mitigated_errors[0]
    assert found.mitigated_errors[0] < 0.01


def test_a_plan_counts_circuits_shots_and_jobs_with_their_mitigation():
    groups = 2
    for mitigation, each in (
        (Mitigation(), 1),
        (Mitigation(zne=ZNE((1, 3, 5))), 3),
        (Mitigation(zne=ZNE((3, 5))), 3),
        (Mitigation(pec=Cancellation(lambda gate: None, samples=7)), 8),
    ):
        planned = plan_expectations(CIRCUITS, H, 200, "braket.iqm.Garnet", mitigation)
        assert len(planned.circuits) == 3 * groups * each
        assert planned.all_shots == 3 * groups * each * 200
    many = plan_expectations(CIRCUITS * 20, H, 200, "braket.iqm.Garnet")
    assert [len(job) for job in many.jobs] == [100, 20]
    folded = plan_expectations(CIRCUITS, H, 200, "qml.batched", Mitigation(zne=ZNE((1, 3))))
    assert folded.variance == pytest.approx(2.5)


def test_a_device_sells_the_jobs_that_were_planned_and_the_same_call_none(braket, paid):
    run, ledger = paid("braket.iqm.Garnet")
    zne = Mitigation(zne=ZNE((1, 3)))
    circuits = [
        QuantumScript([qml.RX(0.1 * k, 0), qml.CNOT([0, 1])], [qml.counts(wires=range(2))])
        for k in range(26)
    ]
    pair = qml.Z(0) @ qml.Z(1) + qml.X(0)
    planned = plan_expectations(circuits, pair, 20, run.backend.name, zne)
    needed = planned.charge(run.backend)
    found = expectation_values(run, circuits, pair, 20, zne)
    jobs = ledger.jobs()
    assert Counter(job.circuits for job in jobs) == {100: 1, 4: 1}
    assert len(jobs) == len(planned.jobs) == len(found.jobs) == len(braket.control()["tasks"])
    assert sum(job.settled.microusd for job in jobs) == needed.microusd > 0
    assert (np.abs(found.raw - exact(circuits, pair)) < 6 * found.raw_errors).all()
    assert found.readout

    again = expectation_values(run, circuits, pair, 20, zne)
    np.testing.assert_array_equal(again.mitigated, found.mitigated)
    assert len(braket.control()["tasks"]) == 2
    assert ledger.audit() == ()


@pytest.mark.usefixtures("braket")
def test_what_does_not_fit_the_budget_is_not_submitted(paid):
    run, ledger = paid("braket.iqm.Garnet", budget=1000)
    with pytest.raises(BudgetExceeded):
        expectation_values(run, CIRCUITS, H, 100)
    assert ledger.jobs() == ()


def test_ibm_folds_what_its_compiler_made(paid):
    run, _ = paid("ibm.fake_manila")
    scales = (1, 3, 5)
    circuit = QuantumScript(
        [*CIRCUITS[0].operations, qml.CNOT([0, 2])],  # not in a line: it must be routed
        CIRCUITS[0].measurements,
    )
    planned = plan_expectations(
        [circuit], qml.Z(0), 100, run.backend.name, Mitigation(zne=ZNE(scales))
    )
    compiled = run.backend.transpiled(planned.circuits)
    gates = [c.count_ops() for c in compiled]
    assert gates[0]["cx"] > 5
    assert [count["cx"] for count in gates] == [scale * gates[0]["cx"] for scale in scales]
    native = set(run.backend._device.target.operation_names) | {"barrier"}
    assert all(set(count) <= native for count in gates)
    assert len({tuple(c.metadata["qubits"]) for c in compiled}) == 1
    assert run.backend.validate(planned.circuits, 100) == ()

    found = expectation_values(
        run, CIRCUITS, H, 4000, Mitigation(zne=ZNE((1, 3), extrapolation="richardson"))
    )
    truth = exact()
    assert np.mean((found.mitigated - truth) ** 2) < 0.5 * np.mean((found.raw - truth) ** 2)


@pytest.mark.parametrize("folding", ["global", "local"])
def test_a_compiled_fold_is_the_same_unitary(folding):
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import Operator

    def unitary(compiled):
        gates = QuantumCircuit(compiled.num_qubits)
        for step in compiled.data:
            if step.operation.name not in ("measure", "barrier"):
                gates.append(step.operation, [compiled.find_bit(q).index for q in step.qubits])
        return Operator(gates)

    backend = open_backend(BackendSpec(name="ibm.fake_manila"), 1)
    plain, folded = backend.transpiled([CIRCUITS[1], fold(CIRCUITS[1], 3, folding)])
    assert unitary(plain).equiv(unitary(folded))
    assert folded.count_ops()["cx"] == 3 * plain.count_ops()["cx"]


def test_a_constant_needs_no_circuit_and_nonsense_is_refused(simulated):
    run = simulated("qml.batched")
    found = expectation_values(run, CIRCUITS, 2.5 * qml.I(0), 10, Mitigation(zne=ZNE()))
    np.testing.assert_array_equal(found.mitigated, [2.5] * 3)
    assert plan_expectations(CIRCUITS, 2.5 * qml.I(0), 10, "qml.batched").jobs == ()
    with pytest.raises(SpecError, match="found both"):
        Mitigation(zne=ZNE(), pec=Cancellation(lambda gate: None))
    with pytest.raises(SpecError, match="real sum of Pauli strings"):
        plan_expectations(CIRCUITS, qml.Hermitian(np.eye(2), wires=0), 10, "qml.batched")
