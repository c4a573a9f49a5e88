"""Where the training of one split fails, the others buy nothing more."""

from contextlib import nullcontext

import pytest

from qml_core.errors import DeviceRefused, Refused
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, RunSpec, TrainingSpec
from tasks import trainings
from tasks.datasets import load_splits
from tasks.gates import pass_gates
from tasks.runners import Runner
from tasks.segments import train_in_segments
from tasks.training_plans import plan_trainings
from tasks.trainings import open_training

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=10)
RUN = RunSpec(canary=False)


class OneFails:
    """A task runner whose first task fails; the others are kept to be looked at."""

    def __init__(self):
        self.submitted = []

    def submit(self, task, parameters):
        self.submitted.append(parameters)
        return self

    def result(self):
        raise DeviceRefused("offline")


def test_the_other_splits_buy_nothing_more(braket, ledger, quick, spent, monkeypatch):
    monkeypatch.setattr(trainings, "device_slot", lambda name: nullcontext())
    data = {"name": "moons", "parameters": {"n_samples": 8}, "split": {"repeats": 2}}
    splits = load_splits.fn(DatasetSpec(**data))
    model = ModelSpec(name="vqc", training=TrainingSpec(epochs=1))
    plans, grants = pass_gates.fn(plan_trainings.fn(splits, model, GARNET, RUN), GARNET, RUN)
    tasks = OneFails()
    with pytest.raises(DeviceRefused):
        train_in_segments(Runner(tasks, in_process=True), plans, grants, RUN)
    (first, second), other = [p["ticket"] for p in tasks.submitted], "of another run"
    assert first == second
    opened = open_training(plans[1], grants[1], RUN, second)
    with pytest.raises(Refused, match="another part of this run has failed"):
        opened.network(opened.data.training_rows()[0], "epoch 1 step 1")
    assert spent() == 0
    assert not ledger.jobs()
    again = open_training(plans[1], grants[1], RUN, other)
    again.network(again.data.training_rows()[0], "epoch 1 step 1")
    assert spent() > 0
