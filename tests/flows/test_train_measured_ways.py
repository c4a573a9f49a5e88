"""Every way of training on paid backends is estimated to the circuit, and refused in time."""

from datetime import datetime, timezone

import numpy as np
import pennylane as qml
import pytest
from paid_flows import record
from paid_trainings import (
    CANARY,
    EPOCH,
    GARNET,
    PER_ROW,
    TEST,
    TRAIN,
    VALIDATION,
    assert_nothing_was_sent,
    assert_settled,
    gates_that_matter,
    model,
    price_of,
    probabilities,
    sizes,
    trained,
)

from qml_core.errors import (
    BudgetExceeded,
    LedgerUnavailable,
    PriceUnknown,
    StaleCalibration,
)
from qml_core.specs import BackendSpec
from qml_core.storage.store import open_store
from tasks.canary import canary_of

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture
def braket(braket, paid_backends):
    """The service with a store and a ledger of its own."""
    return braket


XZ = qml.X(0) + 0.5 * qml.Z(0) @ qml.Z(1)
KINDS = {
    "two groups": (
        model({"kind": "pauli", "paulis": ["XI+0.5*ZZ"]}),
        [2 * rows * (1 + 2 * gates_that_matter(XZ)) for rows in (3, 2)] + [2 * VALIDATION],
    ),
    "spsa": (model(optimiser="spsa"), [3, 3, 2, 2, VALIDATION]),
    "gradient of spsa": (model(gradient="spsa"), [3, 3, 2, 2, VALIDATION]),
    # three blocks of the metric: the RX, the RY and the RZ of both qubits
    "qng": (model(optimiser="qng"), [3 * PER_ROW, 3 * 3, 2 * PER_ROW, 2 * 3, VALIDATION]),
    "cobyla": (model(optimiser="cobyla", epochs=4), [TRAIN, VALIDATION] * 4),
    "rotosolve": (model(optimiser="rotosolve", loss="linear"), None),
}


@pytest.mark.parametrize(
    "kind",
    ["two groups", *(pytest.param(k, marks=pytest.mark.slow) for k in KINDS if k != "two groups")],
)
def test_every_way_of_training_executes_what_was_estimated(braket, ledger, kind):
    asked, jobs = KINDS[kind]
    run = trained(asked, canary=False)
    groups = 2 if kind == "two groups" else 1
    if jobs is None:  # rotosolve measures each parameter at three angles, the one at 0 anew
        jobs = [TRAIN] * 3 * 6 + [VALIDATION]
    assert sizes(braket) == [*jobs, groups * TEST]
    said = record(run)["grants"][0]["reason"]
    assert f"{sum(sizes(braket))} circuits" in said
    assert f"at most {braket.control()['bill'] / 1e6:.2f} USD" in said
    assert run.trainings[0].circuits == sum(sizes(braket))
    assert_settled(braket, ledger)


def test_a_training_that_cannot_fit_is_refused_before_its_first_step(braket, ledger):
    whole = price_of([CANARY, *EPOCH, TEST])
    ledger.set_budget("default", whole - 1, datetime.now(timezone.utc))
    with pytest.raises(BudgetExceeded, match=f"projected {whole / 1e6:.2f}") as refused:
        trained()
    assert refused.value.exit_code == 3
    fits = int(refused.value.remedy.partition("backend.shots=")[2].split()[0])
    assert fits == GARNET.shots - 1
    assert_nothing_was_sent(braket, ledger)
    ledger.set_budget("default", whole, datetime.now(timezone.utc))
    trained()
    assert braket.control()["bill"] == whole


def test_an_unknown_price_stops_a_training(braket, ledger, ionq):
    with pytest.raises(PriceUnknown) as refused:
        trained(backend=BackendSpec(name="ionq.unheard-of", shots=50))
    assert refused.value.exit_code == 3
    assert_nothing_was_sent(ionq, ledger)


def test_an_old_calibration_stops_a_training(braket, ledger):
    braket.control(updated_at="2026-01-01T00:00:00.000Z")
    with pytest.raises(StaleCalibration) as refused:
        trained()
    assert refused.value.exit_code == 3
    assert_nothing_was_sent(braket, ledger)


def test_without_a_ledger_no_training_begins(braket, ledger, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://qml:none@127.0.0.1:9/qml")
    with pytest.raises(LedgerUnavailable) as refused:
        trained()
    assert refused.value.exit_code == 3
    assert_nothing_was_sent(braket, ledger)


MANILA = BackendSpec(name="ibm.fake_manila", shots=200)


@pytest.mark.slow
def test_a_fake_device_trains_under_its_calibration(paid_backends, ledger):
    run = trained(backend=MANILA, max_calibration_age_h=99_999)
    grant = record(run)["grants"][0]
    assert len(grant["calibration"]) == 64
    assert grant["calibration_age_h"] > 24
    found = canary_of(open_store(run.store), run.trainings[0].plan_key, "trainings")
    assert found.calibration == grant["calibration"]
    assert 0.5 < found.fidelity < 1
    jobs = [job.circuits for job in ledger.jobs()]
    assert sorted(jobs) == sorted([CANARY, *EPOCH, TEST])
    assert ledger.budget("default").reserved.microusd == 0


@pytest.mark.slow
def test_readout_correction_is_part_of_the_key_and_changes_the_outputs(paid_backends):
    noisy = BackendSpec(name="default.mixed", noise="ibm.fake_manila", shots=2000)
    corrected, raw, same = (
        trained(backend=noisy.model_copy(update={"corrections": asked}))
        for asked in (None, (), ("readout",))
    )
    keys = [run.trainings[0].plan_key for run in (corrected, raw, same)]
    assert keys[1] != keys[0] == keys[2]
    assert same.trainings[0].reused == 1
    assert not np.array_equal(probabilities(corrected), probabilities(raw))
