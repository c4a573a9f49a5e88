"""The jobs a training hands to a device are those it was said to take, by name and circuits."""

from itertools import groupby
from typing import Any

import pytest
import torch
from evaluated_trainings import DEVICE, EVEN, UNEVEN, Device, Job, Training, training
from small_network import travelled

from qml_core.ansatz_names import own_ansatze
from qml_core.models import functions
from qml_core.specs import BackendSpec
from qml_core.training.estimates import circuits_of_jobs, job_names
from qml_core.training.evaluations import Evaluation, held_out_part
from qml_core.training.exact import ExactFunction, exact_evaluate
from qml_core.training.state import TrainingState

WAYS: dict[str, dict[str, Any]] = {
    "adam": {},
    "adam by shift": {"gradient": "shift"},
    "adam by spsa": {"gradient": "spsa"},
    "sgd": {"optimiser": "sgd"},
    "sgd by spsa": {"optimiser": "sgd", "gradient": "spsa"},
    "qng": {"optimiser": "qng"},
    "qng by shift": {"optimiser": "qng", "gradient": "shift"},
    "qng by spsa": {"optimiser": "qng", "gradient": "spsa"},
    "spsa": {"optimiser": "spsa"},
    "cobyla": {"optimiser": "cobyla"},
    "rotosolve": {"optimiser": "rotosolve", "loss": "linear"},
}
HYBRID = {"name": "hybrid", "circuit": {"encoding": {"name": "angle", "n_qubits": 2}}}
KINDS = [{"kind": kind} for kind in ("z", "parity", "local", "global")]
PAULIS = {"kind": "pauli", "paulis": ["XI + ZZ", "YY - 0.5*IZ"]}
CASES: dict[str, Training] = {
    **{
        f"{way}, {label}, layerwise={each}": training(rows, layerwise=each, **options)
        for way, options in WAYS.items()
        for label, rows in (("uneven", UNEVEN), ("even", EVEN))
        for each in (0, 1)
    },
    **{
        f"hybrid, {way}": training(**HYBRID, **WAYS[way], pretraining=1, layerwise=1)
        for way in ("adam", "adam by spsa", "spsa", "cobyla")
    },
    **{
        f"{ansatz}, {way}": training(circuit={"ansatz": ansatz}, layerwise=1, **WAYS[way])
        for ansatz in own_ansatze()
        for way in ("adam", "spsa")
    },
    **{
        f"{kind['kind']}, {way}": training(circuit={"measurement": kind}, **WAYS[way])
        for kind in KINDS
        for way in ("adam", "qng")
    },
    "two targets in three bases": training(
        name="vqr", outputs=2, circuit={"measurement": PAULIS}, layerwise=1
    ),
    "metric beside three bases": training(
        name="vqr", outputs=2, circuit={"measurement": PAULIS}, optimiser="qng"
    ),
    "hybrid in three bases": training(
        outputs=3, name="hybrid", circuit={**HYBRID["circuit"], "measurement": PAULIS}
    ),
    "mirrored": training(initialisation="identity"),
    "mirrored, qng": training(initialisation="identity", optimiser="qng"),
    "cosine": training(schedule="cosine", epochs=3),
}


def jobs_of(evaluations: list[Evaluation]) -> list[Job]:
    return [
        job
        for found in evaluations
        for job in zip(job_names(found, DEVICE), circuits_of_jobs(found, DEVICE), strict=True)
    ]


def with_test_of(evaluations: list[Evaluation], best: int) -> list[Job]:
    """Jobs where the held-out rows meet the parameters of an epoch."""
    return [
        (name.replace(evaluations[-1].part, held_out_part(best)), n)
        for name, n in jobs_of(evaluations)
    ]


def _marked(name: str) -> Any:
    """What repeats more than it adds is left to the long tests."""
    again = name.startswith(("sgd", "adam by shift", "qng by shift"))
    again = again or name.endswith(", even, layerwise=1")
    return pytest.param(name, marks=pytest.mark.slow) if again else name


@pytest.mark.parametrize("name", [_marked(name) for name in CASES])
def test_jobs_are_those_foretold(name: str) -> None:
    case, device = CASES[name], Device()
    network = case.network(device)
    said = case.said(network)
    foretold = list(said.after(0, 0))
    state = case.run(network)
    assert device.jobs == with_test_of(foretold, state.best_epoch)
    assert len({name for name, _ in device.jobs}) == len(device.jobs)
    counted = sum(found.circuits * times for found, times in said.counted())
    assert counted == sum(circuits for _, circuits in device.jobs)


RESUMED = [
    "adam, uneven, layerwise=1",
    "qng by spsa, uneven, layerwise=1",
    "spsa, uneven, layerwise=1",
    "cobyla, uneven, layerwise=1",
    "rotosolve, uneven, layerwise=1",
    "hybrid, adam",
]


@pytest.mark.parametrize("name", RESUMED)
def test_from_any_checkpoint_the_jobs_that_are_left_are_those_foretold(name: str) -> None:
    case = CASES[name]
    spec = case.model.training.model_copy(update={"checkpoint_s": 0.0})
    case = Training(case.model.model_copy(update={"training": spec}), case.rows, case.outputs)
    states: list[TrainingState] = []
    case.run(case.network(Device()), checkpoint=states.append)
    assert len(states) >= spec.epochs
    for state in states[:: max(1, len(states) // 4)]:
        device = Device()
        network = case.network(device)
        said = case.said(network)
        end = case.run(network, state=travelled(state))
        foretold = list(said.after(state.epoch, state.step))
        assert device.jobs == with_test_of(foretold, end.best_epoch)
        counted = said.counted(state.epoch, state.step)
        assert sum(e.circuits * times for e, times in counted) == sum(n for _, n in device.jobs)


@pytest.mark.parametrize(
    "options",
    [
        {"patience": 1, "epochs": 30, "learning_rate": 1.0},
        {"optimiser": "cobyla", "epochs": 300, "learning_rate": 2e-6},
    ],
    ids=["patience", "cobyla"],
)
def test_what_ends_early_has_run_no_more_than_was_foretold(options: dict[str, Any]) -> None:
    case, device = training(**options), Device()
    network = case.network(device)
    foretold = list(case.said(network).after(0, 0))
    state = case.run(network)
    assert state.finished
    assert state.epoch < case.model.training.epochs
    done = [e for e in foretold if e.epoch <= state.epoch]
    assert device.jobs[:-1] == jobs_of(done)
    assert device.jobs[-1] == (held_out_part(state.best_epoch), case.rows.test)


@pytest.mark.parametrize("optimiser", ["adam", "qng", "spsa", "cobyla", "rotosolve", "lbfgs"])
@pytest.mark.parametrize("each", [0, 1])
def test_exact_passes_have_the_same_names_and_a_circuit_a_row(optimiser: str, each: int) -> None:
    """L-BFGS may pass over its rows several times in a step, under one name."""
    loss = "linear" if optimiser == "rotosolve" else "auto"
    case = training(optimiser=optimiser, layerwise=each, loss=loss)
    passes: list[Job] = []

    class Noting(ExactFunction):
        def __call__(self, x: torch.Tensor, theta: torch.Tensor, part: str = "") -> torch.Tensor:
            passes.append((part, len(x)))
            return super().__call__(x, theta, part)

    network = case.exact_network(
        lambda circuit, readout, trained: Noting(circuit, readout, trained=trained)
    )
    said = case.said(network, BackendSpec())
    state = case.run(network)
    foretold = [
        (e.part, e.circuits) for e in said.after(0, 0, state.best_epoch) if "metric" not in e.part
    ]
    assert [job for job, _ in groupby(passes)] == foretold
    if optimiser != "lbfgs":
        assert passes == foretold


def test_a_shift_gradient_on_the_engine_is_counted_as_one_on_a_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[Any] = []

    def counting(readout: Any) -> Any:
        found.append(exact_evaluate(readout))
        return found[-1]

    monkeypatch.setattr(functions, "exact_evaluate", counting)
    case = training(gradient="shift", layerwise=1)
    network = case.exact_network()
    said = case.said(network, BackendSpec())
    case.run(network)
    counted = sum(e.circuits * times for e, times in said.counted())
    assert counted == sum(evaluate.circuits for evaluate in found)
