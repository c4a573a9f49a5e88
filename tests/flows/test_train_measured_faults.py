"""What goes wrong with a device while it trains, and how the same command goes on."""

import pytest
from paid_flows import record
from paid_trainings import (
    CANARY,
    EPOCH,
    GARNET,
    TEST,
    VALIDATION,
    assert_nothing_was_sent,
    assert_settled,
    price_of,
    sizes,
    trained,
)

from qml_core.errors import (
    BackendBusy,
    DeviceRefused,
    JobFailed,
    JobPending,
)
from qml_core.storage.store import open_store
from tasks.trainings import Meter

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture
def braket(braket, paid_backends):
    """The service with a store and a ledger of its own."""
    return braket


def test_an_offline_device_is_replaced_by_a_simulator_and_the_record_says_so(braket, ledger):
    braket.control(status="OFFLINE")
    with pytest.raises(DeviceRefused, match="OFFLINE"):
        trained()
    run = trained(on_refusal="fallback")
    assert_nothing_was_sent(braket, ledger)
    said = record(run)
    (grant,) = said["grants"]
    assert (grant["backend_asked"]["name"], grant["backend_used"]["name"]) == (
        GARNET.name,
        "qml.batched",
    )
    assert "OFFLINE" in grant["reason"]
    assert "OFFLINE" in run.fallback
    assert (said["usd"], run.trainings[0].circuits) == (0, 0)
    page = open_store(run.store).get(run.report.path).decode()
    assert "OFFLINE" in page
    braket.control(status="ONLINE")
    again = trained(on_refusal="fallback")  # what another backend has begun stays there
    assert again.trainings[0].checkpoint == run.trainings[0].checkpoint
    assert "OFFLINE" in again.fallback
    assert_nothing_was_sent(braket, ledger)


@pytest.fixture
def before(monkeypatch):
    """before(part, action): what happens just before a part of a training is first asked for."""

    def install(part, action):
        call, left = Meter.__call__, [action]

        def asked(meter, named, *more):
            if named == part and left:
                left.pop()()
            return call(meter, named, *more)

        monkeypatch.setattr(Meter, "__call__", asked)

    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    return install


def test_a_job_that_fails_ends_the_training_and_the_same_command_goes_on(braket, ledger, before):
    """Braket does not say what a failed task costs: all that was reserved is taken as spent."""
    before("epoch 1 step 2", lambda: braket.control(fail_next_jobs=1))
    with pytest.raises(JobFailed, match="no laser"):
        trained()
    assert sizes(braket) == [CANARY, EPOCH[0], EPOCH[1]]
    trained()
    assert sizes(braket) == [CANARY, EPOCH[0], EPOCH[1], EPOCH[1], VALIDATION, TEST]
    bill, budget = braket.control()["bill"], ledger.budget("default")
    assert bill == price_of([CANARY, *EPOCH, TEST])
    assert budget.spent.microusd == bill + price_of([EPOCH[1]])
    assert budget.reserved.microusd == 0


@pytest.mark.slow
@pytest.mark.parametrize("failure", [[429, "ThrottlingException"], [500, "InternalService"]])
def test_a_provider_that_puts_off_a_step_is_asked_again(braket, ledger, before, failure):
    before("epoch 1 step 2", lambda: braket.control(fail=[failure] * 2, lose_answers=1))
    trained()
    assert sizes(braket) == [CANARY, *EPOCH, TEST]
    assert_settled(braket, ledger)


@pytest.mark.slow
def test_a_service_that_goes_down_within_an_epoch_loses_nothing(braket, ledger, before):
    down = [[500, "InternalServiceException"]] * 1000
    before("epoch 1 step 2", lambda: braket.control(fail=down))
    with pytest.raises(BackendBusy):
        trained()
    assert sizes(braket) == [CANARY, EPOCH[0]]
    braket.control(fail=[])
    trained()
    assert sizes(braket) == [CANARY, *EPOCH, TEST]
    assert_settled(braket, ledger)


@pytest.mark.slow
def test_a_job_in_the_queue_is_collected_by_the_same_command(braket, ledger, before):
    before("epoch 1 step 2", lambda: braket.control(hold=True))
    with pytest.raises(JobPending, match="same command collects"):
        trained(job_timeout_h=2e-3)
    assert ledger.budget("default").reserved.microusd == price_of([EPOCH[1]])
    braket.control(hold=False)
    trained()
    assert sizes(braket) == [CANARY, *EPOCH, TEST]
    assert_settled(braket, ledger)
