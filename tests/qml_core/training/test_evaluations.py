"""What a training is said to evaluate is what it evaluates: part by part, circuit by circuit."""

import numpy as np
import pytest
import torch

from qml_core.circuits.bases import n_bases
from qml_core.models.costs import training_evaluations
from qml_core.models.network import build_network
from qml_core.specs import BackendSpec, CircuitSpec, ModelSpec, TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.estimates import circuits_of_jobs, job_names, job_sizes
from qml_core.training.evaluations import Evaluation, Rows, held_out_part
from qml_core.training.exact import exact_evaluate
from qml_core.training.loop import train
from qml_core.training.measured import MeasuredFunction

SHOTS = BackendSpec(shots=100)
ROWS = Rows(train=5, validation=2, test=3)


class Counting:
    """Exact values; remembers parts and the circuits that shots would take for them."""

    def __init__(self, readout, found):
        self._exact, self._found = exact_evaluate(readout), found
        self.groups = n_bases(readout)

    def _note(self, part, circuits):
        self._found.append((part, circuits))

    @property
    def circuits(self):
        return sum(circuits for _, circuits in self._found)

    def __call__(self, circuits, part):
        self._note(part, self.groups * len(circuits))
        return self._exact(circuits, part)

    def covariances(self, circuits, words, part):
        self._note(part, len(circuits))
        return self._exact.covariances(circuits, words, part)


def model(name="vqc", circuit=None, **training):
    asked = {"encoding": {"name": "angle"}, "layers": 1, **(circuit or {})}
    return ModelSpec(
        name=name,
        circuit=CircuitSpec(**asked),
        training=TrainingSpec(**{"epochs": 2, "batch_size": 2, "validation": 0.3, **training}),
    )


def opened(asked, found=None):
    """A network of two features and two classes, or one target, that notes what it evaluates."""
    task = "regression" if asked.name == "vqr" else "classification"
    rng = np.random.default_rng(0)

    def function(circuit, readout, trained):
        return MeasuredFunction(circuit, readout, Counting(readout, found), trained=trained)

    outputs = 1 if task == "regression" else 2
    return task, build_network(asked, task, 2, outputs, rng, function=function)


CASES = {
    "adam": model(),
    "vqr": model("vqr"),
    "sgd": model(optimiser="sgd", gradient="shift"),
    "spsa": model(optimiser="spsa"),
    "spsa gradient": model(gradient="spsa"),
    "qng": model(optimiser="qng"),
    "qng spsa": model(optimiser="qng", gradient="spsa"),
    "cobyla": model(optimiser="cobyla", batch_size=None),
    "rotosolve": model(optimiser="rotosolve", loss="linear", batch_size=None),
    "layerwise": model(layerwise=1, epochs=3, circuit={"layers": 2}),
    "layerwise spsa": model(layerwise=1, epochs=3, circuit={"layers": 2}, optimiser="spsa"),
    "layerwise qng": model(layerwise=1, epochs=3, circuit={"layers": 2}, optimiser="qng"),
    "no validation": model(validation=0),
    "hybrid": model("hybrid"),
    "reuploading": model(circuit={"ansatz": "reuploading", "layers": 2}),
    "strongly entangling": model(circuit={"ansatz": "strongly_entangling"}),
    "two bases": model(circuit={"measurement": {"kind": "pauli", "paulis": ["XI + ZZ"]}}),
}


def evaluations(asked, network, rows=ROWS):
    return training_evaluations(asked, network, rows, SHOTS)


@pytest.fixture(params=CASES, scope="module")
def trained(request):
    """A training: what it was said to evaluate, and what it did."""
    asked = CASES[request.param]
    found = []
    task, network = opened(asked, found)
    rows = ROWS if asked.training.validation else Rows(ROWS.train, 0, ROWS.test)
    rng = np.random.default_rng(1)
    X = rng.uniform(-1, 1, (rows.train + rows.validation, 2))
    y = np.arange(len(X)) % 2 if task == "classification" else X[:, :1]
    own = slice(rows.train), slice(rows.train, None)
    kept = (X[own[1]], y[own[1]]) if rows.validation else (None, None)
    said = evaluations(asked, network, rows)
    train(network, TrainingData(X[own[0]], y[own[0]], *kept), asked.training, task=task, seed=0)
    with torch.no_grad():
        held_out = torch.zeros(rows.test, 2, dtype=torch.float64)
        network(held_out, held_out_part(asked.training.epochs))
    return said, found


def test_every_part_and_its_circuits_are_foretold(trained):
    said, found = trained
    assert [(e.part, e.circuits) for e in said.after(0, 0)] == found
    assert len({part for part, _ in found}) == len(found), "a part would be taken for another"


def test_alike_epochs_are_counted_together_but_completely(trained):
    said, found = trained
    assert sum(e.circuits * times for e, times in said.counted()) == sum(c for _, c in found)


@pytest.mark.parametrize("name", ["adam", "layerwise", "rotosolve"])
@pytest.mark.parametrize("done", [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)])
def test_what_a_checkpoint_holds_is_not_counted_again(name, done):
    _, network = opened(CASES[name], [])
    said = evaluations(CASES[name], network)
    left = [e for e in said.after(0, 0) if (e.epoch, e.step) > (done[0] + 1, done[1])]
    assert list(said.after(*done)) == left
    assert sum(e.circuits * n for e, n in said.counted(*done)) == sum(e.circuits for e in left)
    assert left[-1].part == held_out_part(CASES[name].training.epochs)


def test_where_values_are_exact_a_row_is_one_circuit():
    asked = model()
    _, network = opened(asked, [])
    said = training_evaluations(asked, network, ROWS, BackendSpec())
    assert sum(e.circuits * n for e, n in said.counted()) == 2 * (5 + 2) + 3


def test_jobs_are_cut_and_named_as_they_are_run():
    """An evaluation of 7 circuits where a job holds 3: 3, 3 and 1."""
    braket = BackendSpec(name="braket.iqm.Garnet", shots=200_000 // 3)
    found = Evaluation("epoch 1 step 1", 1, 1, 7, 7)
    assert circuits_of_jobs(found, braket) == (3, 3, 1)
    assert job_names(found, braket) == tuple(f"epoch 1 step 1 job {k}" for k in (1, 2, 3))
    assert job_sizes([(found, 5)], braket) == {3: 10, 1: 5}
    whole = Evaluation("test", 3, 1, 3, 3)
    assert (circuits_of_jobs(whole, braket), job_names(whole, braket)) == ((3,), ("test",))
