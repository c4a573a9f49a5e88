"""Door and predictions of variational models: one line that says what to do, nothing started."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from fitted_circuits import make_circuit, make_features
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from qml_core.errors import CircuitRefused
from qml_core.evaluation.training_range import training_range
from qml_core.models.fitted_circuit import FittedCircuit
from qml_core.models.fitted_svm import FittedSVM, radial_machine
from qml_core.storage.models import put_model
from qml_core.storage.runs import put_run
from qml_core.storage.store import open_store

PAGE = (Path(__file__).parents[2] / "docs" / "variational.md").read_text()
COMMANDS = re.findall(r"^qml (?:train|diagnose) .*", PAGE, flags=re.MULTILINE)
HEAD = ["a", "b", "c", "y"]
X = [[0.1 * k, -0.2 * k, (k % 3) - 1.0] for k in range(60)]
FILES = {
    "two": [[*x, k % 2] for k, x in enumerate(X[:20])],
    "five": [[*x, "pqrst"[k % 5]] for k, x in enumerate(X)],
    "one": [[*x, 1] for x in X],
    "values": [[*x, 0.5 + x[0]] for x in X],
    "holes": [["nan" if k == 2 else x[0], *x[1:], k % 2] for k, x in enumerate(X)],
}
PAULI = "model.circuit.measurement.kind=pauli"
SUMS = "model.circuit.measurement.paulis="


@pytest.fixture
def told(qml, make_csv, tmp_path):
    """told(file, word, …): words with a dot and `=` become --set; the line on standard error."""

    def run(file, *words, code=2):
        path = make_csv(tmp_path / f"{file}.csv", HEAD, FILES[file])
        settings = [["--set", w] if "=" in w and not w.startswith("--") else [w] for w in words]
        said = qml("train", path, "--target", "y", *(w for pair in settings for w in pair))
        assert (said.code, said.out) == (code, ""), said
        (line,) = said.err.splitlines()
        assert line.startswith("qml: ")
        assert not (tmp_path / "store" / "runs").exists()
        return line

    return run


@pytest.mark.parametrize(
    ("file", "words", "found"),
    [
        ("one", "", "one value only (1), at least 2"),
        ("holes", "", "missing values in 'a' (1), preprocessing.missing=refuse; impute them"),
        ("five", "", "5 classes or targets, but measurement.kind=z has 3 outcomes on 3 qubits"),
        ("five", "", "or model hybrid, whose head has any number of outputs"),
        ("five", "model.circuit.measurement.qubits=[0,1]", "name 5 qubits in measurement.qubits"),
        ("values", "", "use --set model.name=vqr"),
        ("two", "model.training.batch_size=100", "found 13 training rows, a step sees at most 13"),
        ("two", "model.circuit.measurement.qubits=[7]", "name qubits 0 to 2"),
        ("two", f"{PAULI} {SUMS}['ZZ']", "has 2 letters, found 3 qubits; write a letter for each"),
        ("two", f"{PAULI} {SUMS}['ZQI']", "'ZQI' cannot be read; write it with I, X, Y, Z"),
        ("two", f"{PAULI} {SUMS}['ZZI+*']", "cannot be read; write it as words with factors"),
        ("two", f"{PAULI} {SUMS}['III']", "is a constant, which no parameter changes"),
        ("two", f"{PAULI} {SUMS}ZZI", 'paulis: expected a list such as [1, 2] or ["a", "b"]'),
        ("two", PAULI, "paulis=[] with kind=pauli: they go together"),
        ("two", "--layers 0", "layers: Input should be greater than or equal to 1, found 0"),
        ("two", "--epochs 0", "epochs: Input should be greater than or equal to 1, found 0"),
        ("two", "--ansatz hardware_eficient", "known: hardware_efficient, real_amplitudes"),
        ("two", "model.training.optimiser=adm", "no 'adm'; near: adam; known: adam, sgd"),
        ("two", "model.training.optimizer=adam", "near: optimiser"),
        ("two", "model.training.optimiser=rotosolve", "ask for loss=linear (two classes), or use"),
        ("two", "model.training.optimiser=lbfgs backend.shots=100", "use optimiser=adam or spsa"),
        ("two", "model.training.gradient=adjoint backend.shots=100", "use gradient=shift or spsa"),
        ("two", "model.training.optimiser=cobyla model.training.batch_size=5", "sees all rows"),
        ("two", "model.training.initialisation=identity --layers 3", "ask for 4"),
        (
            "two",
            "model.training.initialisation=identity --ansatz reuploading",
            "encodes the features between them; choose training.initialisation=small",
        ),
        ("two", "model.training.layerwise=20", "takes 40 epochs for 2 layers, found epochs=30"),
        ("two", "model.training.layerwise=20", "ask for more than 40"),
        ("two", "model.training.pretraining=5", "use model hybrid, or leave it out"),
        ("two", "model.training.patience=5 model.training.validation=0", "validation=0.15"),
        ("two", "--encoding amplitude --ansatz reuploading", "choose encoding.name=angle"),
        ("two", "model.kernel.encoding.name=zz", "vqc has no kernel, it trains a circuit; set mod"),
        ("two", "model.C=[1]", "vqc has no C, which is of qsvc and qsvr; leave it out"),
        ("two", "model.bandwidths=[0.1]", "vqc has no bandwidths, which is of qsvc and qsvr"),
        ("two", "model.hidden=[4]", "which is of hybrid, whose encoder has hidden layers"),
    ],
)
def test_a_circuit_that_cannot_be_trained_ends_at_the_door(told, file, words, found):
    assert found in told(file, "--model", "vqc", *words.replace("'", '"').split())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--model vcq", "model.name: no 'vcq'; near: vqr, vqc; known: qsvc, qsvr, vqc"),
        ("--model vqr", "use --set model.name=vqc"),
        ("--layers 3", "--layers is of models that train a circuit, found model qsvc; add --model"),
        ("--epochs 3 --model qsvr", "found model qsvr; add --model vqc (classes), vqr (values)"),
        ("model.circuit.layers=3", "qsvc has no circuit, which is of vqc, vqr and hybrid"),
        ("model.training.epochs=3", "qsvc has no training, which is of vqc, vqr and hybrid"),
        ("--model hybrid --encoding amplitude", "amplitude has none; choose encoding.name=angle"),
        (
            "--model hybrid model.training.optimiser=rotosolve model.training.loss=linear",
            "whose encoder is classical; use optimiser=adam",
        ),
    ],
)
def test_a_word_of_another_model_is_refused_with_the_models_it_is_of(told, words, found):
    assert found in told("two", *words.split())


def test_more_features_than_qubits_name_both_ways_out(told, qml):
    line = told("two", "--model", "vqc", "model.circuit.encoding.n_qubits=2")
    assert "3 features after preprocessing take 3 qubits with encoding angle" in line
    assert "--qubits 2 (dataset.preprocessing.n_components), or use model.name=hybrid" in line
    words = ("--qubits", "2", "--set", "dataset.preprocessing.n_components=3")
    line = qml("train", "two.csv", "--target", "y", "--model", "vqc", *words).err
    assert "as --qubits does, or use model.name=hybrid, whose encoder takes any number" in line


def test_a_hybrid_model_of_too_many_qubits_is_told_to_lower_the_qubits(told, monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    assert "use --qubits 14 or less" in told("two", "--model", "hybrid", "--qubits", "20", code=3)


@pytest.mark.parametrize(("words", "encoding"), [((), "angle"), (("--encoding", "zz"), "zz")])
def test_qubits_alone_leave_the_encoding_of_circuits_as_it_is(qml, words, encoding):
    said = qml("train", "wine", "--model", "vqc", "--qubits", "4", *words, "--dry-run", "--json")
    plan = json.loads(said.out)
    assert (plan["encoding"], plan["n_qubits"]) == (encoding, 4)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_pass_the_door(qml, command):
    words = shlex.split(command, comments=True)[1:]
    said = qml(*(w for w in words if w != "--dry-run"), "--dry-run")
    assert said.code == 0, said.err


def test_the_page_knows_what_a_training_on_a_qpu_costs(qml):
    shift, spsa = (command for command in COMMANDS if "braket" in command)
    for command, circuits in ((shift, "2,333"), (spsa, "308")):
        assert f" {circuits} " in PAGE
        assert f"{circuits} in" in qml(*shlex.split(command)[1:]).out


@pytest.mark.parametrize("verb", ["train", "predict", "diagnose"])
def test_the_help_fits_on_80_columns(qml, verb):
    said = qml(verb, "--help")
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.fixture
def runs(qml, tmp_path):
    """The command, with two runs in its store: `same` and one on `other` columns."""
    store = open_store((tmp_path / "store").as_uri())
    circuit, features = make_circuit(), make_features()
    labels = (features["a"] > 5).to_numpy().astype(np.int64)
    preprocessing = circuit.preprocessing
    raw = preprocessing.raw(features)
    machine = radial_machine(make_pipeline(StandardScaler(), SVC(gamma=0.3)).fit(raw, labels))
    for run, target in (("same", "y"), ("other", "z")):
        svm = FittedSVM(
            "rbf_svm", "classification", circuit.classes, target, machine, preprocessing,
            training_range(raw),
        )  # fmt: skip
        models = [_reference(store, model) for model in (circuit, svm)]
        outcomes = [{"baseline_model": models[1]}]
        put_run(store, run, {"verb": "train", "models": models[:1], "outcomes": outcomes})
    features.head(3).to_csv(tmp_path / "rows.csv", index=False)
    (features.head(3) * 50).to_csv(tmp_path / "far.csv", index=False)
    features.head(3).rename(columns={"a": "d"}).to_csv(tmp_path / "renamed.csv", index=False)
    return qml


def _reference(store, model):
    found = put_model(store, model, {})
    return {**found.model_dump(), "name": model.name, "split_seed": 0}


def test_predictions_say_who_made_them(runs, tmp_path):
    expected = make_circuit().predict(make_features().head(3)).tolist()
    said = runs("predict", "same", "rows.csv")
    rows = [f"{label},vqc on qml.batched" for label in expected]
    assert (said.code, said.err, said.out.splitlines()) == (0, "", ["y,made_by", *rows])
    document = json.loads(runs("predict", "same", "rows.csv", "--json").out)
    assert (document["y"], document["made_by"]) == (expected, ["vqc on qml.batched"] * 3)
    assert runs("predict", "same", "rows.csv", "--out", "p.csv").out == ""
    assert (tmp_path / "p.csv").read_text() == said.out


def test_another_backend_and_rows_outside_of_the_training_are_noted(runs):
    said = runs("predict", "same", "far.csv", "--backend", "default.qubit")
    assert said.code == 0
    assert said.out.count(",vqc on qml.batched\n") == 3
    assert "3 of 3 rows lie outside the training range" in said.err
    assert "asked default.qubit, ran on qml.batched" in said.err


def test_the_baseline_answers_where_the_circuit_is_refused(runs, monkeypatch):
    def refuse(*_, **__):
        raise CircuitRefused("3 qubits do not fit", "use fewer")

    monkeypatch.setattr(FittedCircuit, "predict", refuse)
    assert runs("predict", "same", "rows.csv").code == 3
    said = runs("predict", "same", "rows.csv", "--fallback", "baseline")
    assert said.code == 0, said.err
    assert said.out.count(",rbf_svm\n") == 3
    assert "rbf_svm answered, because the backend did not: 3 qubits do not fit" in said.err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("far.csv --outside refuse", "rows lie outside the training range, worst: column"),
        ("renamed.csv", "missing 'a'; additional 'd'; give exactly the columns"),
        ("rows.csv --fallback other", "--fallback: model rbf_svm predicts 'z' from 3 columns"),
        ("rows.csv --backend qml.bathced", "unknown backend 'qml.bathced'; known: qml.batched"),
        ("rows.csv --set backend.shot=1", "near: shots"),
        ("rows.csv --split 3", "choose from 0 to 0"),
    ],
)
def test_predictions_that_cannot_be_made_are_refused(runs, words, found):
    said = runs("predict", "same", *words.split())
    assert (said.code, said.out) == (2, "")
    assert found in said.err
