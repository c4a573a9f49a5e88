"""`qml list`: encodings, ansätze, data sets, models and backends."""

import json
from collections.abc import Callable
from typing import Any, get_args

import click

from deployments.cli.layout import labelled
from deployments.cli.parameters import JSON
from qml_core.backend_names import EXACT, NOISY
from qml_core.specs import ModelSpec
from qml_core.specs.contestant import ControlName
from qml_core.specs.search import ClassicalName

Row = dict[str, Any]

MODELS = {
    "qsvc": "support vector classifier on a quantum kernel (Havlíček et al. 2019)",
    "qsvr": "support vector regression on a quantum kernel",
    "vqc": "variational classifier: encoding, trained layers, expectation values as logits",
    "vqr": "variational regression: expectation values, scaled to the targets' range by training",
    "hybrid": "small neural encoder, trained circuit, linear head, for classes or values; "
    "the first choice with more features than qubits",
}
CLASSICAL = {
    "logistic": "logistic regression",
    "ridge": "ridge regression",
    "rbf_svm": "support vector machine on Gaussians",
    "poly_svm": "support vector machine on polynomials",
    "xgboost": "gradient-boosted trees",
    "random_forest": "random forest",
    "mlp": "multi-layer perceptron",
    "knn": "nearest neighbours",
    "gaussian_process": "Gaussian process",
    "dummy": "the most frequent class, or the mean; decides nothing",
}
CONTROLS = {
    "no_entanglers": "the same quantum kernel of product states",
    "rbf_pca": "an RBF-SVM on the features that the circuit sees",
    "fourier": "random Fourier features of the circuit's spectrum",
}
BACKENDS = {
    "qml.batched": "this project's exact simulator: one circuit on a batch of rows, fused",
    "default.qubit": "PennyLane's reference simulator, one circuit at a time",
    "lightning.qubit": "PennyLane's C++ simulator, one circuit at a time",
    "default.mixed": "PennyLane's density matrices, with the noise of a calibration record",
    "qiskit.aer": "Qiskit Aer, with the noise of a calibration record",
    "braket.dm": "Amazon Braket's density matrices on this machine, with the noise of a record",
}
QPUS = {
    "ibm.<backend>": "IBM, e.g. ibm.ibm_torino; ibm.fake_manila runs on this machine",
    "braket.<provider>.<device>": "Amazon Braket, e.g. braket.iqm.Garnet",
    "ionq.<backend>": "IonQ, e.g. ionq.forte-1; ionq.simulator is ideal and free",
}


def _encodings() -> list[Row]:
    from qml_core.circuits.encodings import all_encodings

    return [
        {
            "name": e.name,
            "qubits": f"{e.qubits(8)} for 8 features",
            "angles": "any"
            if e.angle_range is None
            else "[{:.3g}, {:.3g}] rad".format(*e.angle_range),
            "depth": e.depth,
            "parameters": ", ".join(e.parameters),
            "description": e.description,
            "paper": e.paper,
        }
        for e in all_encodings()
    ]


def _ansatze() -> list[Row]:
    from qml_core.circuits.ansatze import all_ansatze

    return [
        {
            "name": a.name,
            "parameters": _counted(a.before_count(8), a.per_layer(8), reuploads=a.reuploads),
            "description": a.description,
            "paper": a.paper,
        }
        for a in all_ansatze()
    ]


def _counted(before: int, each: int, *, reuploads: bool) -> str:
    """Parameters in words."""
    first = f"{before} and " if before else ""
    factors = " and one of each feature" if reuploads else ""
    return f"{first}{each} of each layer on 8 qubits{factors}"


def _datasets() -> list[Row]:
    from qml_core.evaluation.datasets import names

    return [
        {
            "name": info.name,
            "task": info.task,
            "parameters": ", ".join(f"{k}={v}" for k, v in info.parameters.items()),
            "description": info.description,
        }
        for info in names()
    ]


def _models() -> list[Row]:
    """Quantum models first; the others take part in benchmarks, classical ones in searches too."""
    quantum = get_args(ModelSpec.model_fields["name"].annotation)
    names = {
        "quantum": {name: MODELS[name] for name in quantum},
        "classical": {name: CLASSICAL[name] for name in sorted(get_args(ClassicalName))},
        "control": {name: CONTROLS[name] for name in get_args(ControlName)},
    }
    asked = {"quantum": "--model", "classical": "--classical", "control": "benchmark.controls"}
    return [
        {"name": name, "kind": kind, "asked by": asked[kind], "description": text}
        for kind, own in names.items()
        for name, text in own.items()
    ]


def _backends() -> list[Row]:
    """Simulators by name, QPUs by pattern: which there are, only their providers know."""
    kinds = dict.fromkeys(EXACT, "exact") | dict.fromkeys(NOISY, "noisy")
    simulators = [{"name": n, "kind": k, "description": BACKENDS[n]} for n, k in kinds.items()]
    return simulators + [{"name": n, "kind": "qpu", "description": t} for n, t in QPUS.items()]


LISTS: dict[str, Callable[[], list[Row]]] = {
    "encodings": _encodings,
    "ansatze": _ansatze,
    "datasets": _datasets,
    "models": _models,
    "backends": _backends,
}


@click.command(name="list")
@click.argument("what", type=click.Choice(list(LISTS)))
@JSON
def list_(what: str, as_json: bool) -> None:
    """What there is to choose from."""
    rows = LISTS[what]()
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    column = max(20, 2 + max(len(row["name"]) for row in rows))
    click.echo("\n\n".join(_entry(row, column) for row in rows))


def _entry(row: Row, column: int) -> str:
    """Name and description, then the rest below."""
    name, description = row["name"], row["description"]
    rest = [(label, text) for label, text in row.items() if label not in ("name", "description")]
    head = labelled([(name, description)], column)
    below = labelled(rest, column=12, indent=" " * 4)
    bold = click.style(name, bold=True) + head[len(name) :]
    return f"{bold}\n{below}" if below else bold
