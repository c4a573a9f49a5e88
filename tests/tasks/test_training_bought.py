"""A training on a loopback device: the circuits that are bought are those that were estimated."""

from contextlib import nullcontext

import pytest
import torch

from qml_core.specs import BackendSpec, CircuitSpec, DatasetSpec, ModelSpec, RunSpec, TrainingSpec
from qml_core.training.loop import train
from tasks import trainings
from tasks.datasets import load_dataset, read_columns
from tasks.gates import pass_gates
from tasks.training_plans import plan_trainings
from tasks.trainings import open_training

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=10)
RUN = RunSpec(canary=False)


@pytest.fixture
def few(ledger):
    """3 rows to train on, one of them to validate, and 3 held out."""
    data = {"name": "moons", "parameters": {"n_samples": 6}, "split": {"test_size": 0.5}}
    return load_dataset.fn(DatasetSpec(**data))


@pytest.mark.parametrize(
    "training",
    [{"batch_size": 2}, {"batch_size": 2, "optimiser": "spsa"}, {"optimiser": "qng"}],
    ids=["adam", "spsa", "qng"],
)
def test_what_is_executed_and_paid_is_what_was_estimated(
    braket, ledger, few, quick, spent, monkeypatch, training
):
    monkeypatch.setattr(trainings, "device_slot", lambda name: nullcontext())
    model = ModelSpec(
        name="vqc",
        circuit=CircuitSpec(layers=1),
        training=TrainingSpec(epochs=1, **training),
    )
    plans = plan_trainings.fn((few,), model, GARNET, RUN)
    (plan,), (grant,) = pass_gates.fn(plans, GARNET, RUN)
    opened = open_training(plan, grant, RUN)
    train(opened.network, opened.data, model.training, task="classification", seed=plan.seed)
    (X,) = read_columns(few, "test", "x")
    with torch.no_grad():
        opened.network(torch.from_numpy(X), "test")
    assert sum(job.circuits for job in ledger.jobs()) == plan.estimate.circuits
    assert spent() == round(plan.estimate.usd * 1e6)
    assert opened.spent() == (plan.estimate.circuits, pytest.approx(plan.estimate.usd))
