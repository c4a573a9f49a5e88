"""`--dry-run` and door of variational models: what a training takes, and what it would refuse."""

import json

import pytest

MOONS = ("train", "moons", "--set", "dataset.parameters.n_samples=20", "--set", "model.name=vqc")
ONE = ("--set", "dataset.split.repeats=1", "--set", "model.training.epochs=2")
GARNET = ("--set", "backend.name=braket.iqm.Garnet")


def told(qml, *words):
    """The lines of a dry run by their labels, each on one line."""
    said = qml(*words, "--dry-run")
    assert said.code == 0, said.err
    text = said.out.replace("\n          ", " ")
    return dict(line.split(maxsplit=1) for line in text.splitlines())


def planned(qml, *words):
    return json.loads(qml(*words, "--dry-run", "--json").out)


def test_an_exact_training_is_told_with_its_circuits_and_submits_none(qml, tmp_path):
    """16 training rows of 20, 3 of them to validate, 2 epochs; 4 held out, met once."""
    plan = planned(qml, *MOONS, *ONE)
    assert (plan["n_qubits"], plan["parameters"], plan["layers"]) == (2, 12, 2)
    assert (plan["epochs"], plan["steps"], plan["splits"]) == (2, 1, 1)
    assert plan["rows"] == {"train": 13, "validation": 3, "test": 4}
    assert plan["estimate"]["circuits"] == 2 * (13 + 3) + 4
    assert (plan["submitted"], plan["estimate"]["usd"]) == (0, 0.0)
    assert plan["estimate"]["state_bytes"] > 13 * 4 * 16
    assert not (tmp_path / "store").exists()


def test_the_same_for_people(qml):
    lines = told(qml, *MOONS, *ONE)
    assert list(lines) == [
        "job", "model", "epochs", "circuits", "memory", "store", "seconds", "dollars",
    ]  # fmt: skip
    assert lines["model"] == (
        "vqc: angle encoding on 2 qubits, 2 layers of hardware_efficient, 12 parameters of the "
        "circuit"
    )
    assert lines["epochs"].startswith("2 of 1 step on 13 rows, 3 to validate, 4 held out; 1 split")
    assert lines["circuits"] == "36 simulated on qml.batched, 0 submitted"


def test_every_split_is_counted(qml):
    one, five = planned(qml, *MOONS, *ONE), planned(qml, *MOONS, "--set", "model.training.epochs=2")
    assert five["estimate"]["circuits"] == 5 * one["estimate"]["circuits"]


def test_a_paid_training_is_told_with_all_its_circuits_and_the_canary(qml, tmp_path):
    plan = planned(qml, *MOONS, *ONE, *GARNET, "--set", "model.training.optimiser=spsa")
    circuits = 2 * (2 * 13 + 3) + 4 + 5
    measured = plan["measured"]
    assert (measured["circuits"], measured["canary"], measured["jobs"]) == (circuits, 5, 8)
    assert measured["usd"] == pytest.approx(8 * 0.30 + circuits * 1000 * 0.00145)
    assert plan["submitted"] == circuits - 5
    assert (measured["budget"]["usd"], measured["budget"]["fits"]) == (0, False)
    assert not (tmp_path / "ledger.db").exists()
    lines = told(qml, *MOONS, *ONE, *GARNET, "--set", "model.training.optimiser=spsa")
    assert lines["circuits"] == f"{circuits} in 8 jobs on braket.iqm.Garnet, 5 of them the canary's"
    assert "without the queue" in lines["seconds"]
    assert lines["dollars"].startswith("at most ")


def test_a_simulator_of_shots_costs_nothing(qml):
    plan = planned(qml, *MOONS, *ONE, "--set", "backend.shots=100")
    assert plan["submitted"] == plan["measured"]["circuits"] > 0
    assert (plan["measured"]["usd"], plan["measured"]["canary"]) == (0.0, 0)


def test_a_hybrid_model_takes_more_features_than_qubits(qml):
    plan = planned(qml, "train", "wine", "--set", "model.name=hybrid", *ONE)
    assert plan["n_qubits"] == 4


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["run", "dry run"])
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("moons --set model.name=vqr", "use --set model.name=vqc"),
        ("diabetes --set model.name=vqc", "use --set model.name=vqr"),
        (
            "wine --set model.name=vqc --set model.circuit.encoding.n_qubits=2",
            "model.name=hybrid, whose encoder",
        ),
        (
            "wine --set model.name=vqc --set model.circuit.measurement.kind=parity",
            "3 classes or targets, but measurement.kind=parity has 1",
        ),
        (
            "iris --set model.name=vqc --set model.training.batch_size=500",
            "batch_size=500 was asked for, found",
        ),
        ("iris --set model.name=vqc --set model.circuit.layers=0", "layers"),
        (
            "iris --set model.name=vqc --set model.training.loss=squared",
            "loss=squared is for regression",
        ),
        (
            "moons --set model.name=vqc --set model.training.optimiser=lbfgs "
            "--set backend.shots=100",
            "optimiser=lbfgs needs exact values",
        ),
        (
            "moons --set model.name=vqc --set model.training.optimiser=rotosolve "
            "--set model.training.loss=linear --set model.circuit.ansatz=reuploading",
            "rotosolve needs each parameter to be the angle of one gate",
        ),
    ],
)
def test_what_cannot_be_trained_ends_at_the_door(qml, words, found, more):
    said = qml("train", *words.split(), *more)
    assert (said.code, said.out) == (2, "")
    (line,) = said.err.splitlines()
    assert found in line


def test_more_qubits_than_the_memory_holds_end_at_the_door(qml, monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    words = ("--set", "dataset.preprocessing.n_components=20", "--set", "model.name=vqc")
    said = qml("train", "breast_cancer", *words)
    assert said.code == 3
    assert "preprocessing.n_components=14" in said.err
