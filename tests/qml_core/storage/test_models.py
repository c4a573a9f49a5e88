"""Fitted models: what is loaded predicts bit by bit what was stored."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fitted_circuits import make_circuit, make_features
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from training_states import bits_of

from qml_core.errors import CorruptArtifact
from qml_core.evaluation.preprocessing import fit as fit_preprocessing
from qml_core.evaluation.training_range import training_range
from qml_core.kernels.matrix import kernel_matrix
from qml_core.keys import digest
from qml_core.models.fitted import FittedModel, fit, support_only
from qml_core.models.fitted_circuit import FittedCircuit
from qml_core.models.fitted_svm import FittedSVM, RadialMachine, radial_machine
from qml_core.references import ArtifactRef
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec, PreprocessingSpec
from qml_core.storage.inventory import verify
from qml_core.storage.models import get_model, put_model

TRAINING, NEW = make_features(), make_features(30, seed=9)
LABELS = (TRAINING["a"] > 5).to_numpy().astype(np.int64)
KERNEL = KernelSpec(encoding=EncodingSpec(name="angle"))


def make_kernel_model() -> FittedModel:
    preprocessing = fit_preprocessing(PreprocessingSpec(), TRAINING, LABELS, "classification")
    X = preprocessing.transform(TRAINING)
    machine = fit(
        kernel_matrix(X, kernel=KERNEL), LABELS, task="classification", C=1, epsilon=0.1, psd="clip"
    )
    support, decision = support_only(X, machine.on_raw_kernel())
    return FittedModel(
        name="qsvc",
        task="classification",
        kernel=KERNEL,
        backend=BackendSpec(),
        classes=("low", "high"),
        target="y",
        support=support,
        decision=decision,
        preprocessing=preprocessing,
        ranges=training_range(preprocessing.raw(TRAINING)),
    )


def make_svm(task: str = "classification") -> FittedSVM:
    preprocessing = fit_preprocessing(PreprocessingSpec(), TRAINING, LABELS, task)
    raw = preprocessing.raw(TRAINING)
    machine = radial_machine(make_pipeline(StandardScaler(), SVC(gamma=0.3)).fit(raw, LABELS))
    classes = ("low", "high")
    return FittedSVM("RBF-SVM", "classification", classes, "y", machine, preprocessing)


def make_svr() -> FittedSVM:
    svm = make_svm()
    raw = svm.preprocessing.raw(TRAINING)
    regressor = SVR(gamma=0.2, C=9.0).fit(raw, TRAINING["b"])
    decision = replace(
        svm.machine.decision,
        coefficients=regressor.dual_coef_.T.copy(),
        intercepts=regressor.intercept_.copy(),
        n_classes=0,
    )
    machine = RadialMachine(np.zeros(3), np.ones(3), regressor.support_vectors_, 0.2, decision)
    return replace(svm, task="regression", classes=(), machine=machine)


MODELS = {
    "kernel": make_kernel_model,
    "vqc": make_circuit,
    "vqr": lambda: make_circuit("vqr", classes=(), targets=2),
    "hybrid": lambda: make_circuit("hybrid", classes=("a", "b", "c")),
    "svm": make_svm,
    "svr": make_svr,
    "layers": lambda: replace(make_circuit(), layers=1, ranges=None),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_is_the_stored_one(store, name: str) -> None:
    model = MODELS[name]()
    ref = put_model(store, model, {"split_seed": 3})
    found = get_model(ref)
    assert type(found) is type(model)
    assert bits_of(found.predict(NEW)) == bits_of(model.predict(NEW))
    assert bits_of(found.ranges) == bits_of(model.ranges)
    same = ("name", "task", "target", "classes")
    assert [getattr(found, f) for f in same] == [getattr(model, f) for f in same]
    assert put_model(store, model, {"split_seed": 3}) == ref
    if isinstance(model, FittedCircuit):
        assert bits_of(found.parameters) == bits_of(model.parameters)
        assert (found.model, found.layers) == (model.model, model.layers)


def test_values_of_a_stored_regression_are_scikit_learns(local_store) -> None:
    found = get_model(put_model(local_store, make_svr(), {}))
    raw = found.preprocessing.raw
    expected = SVR(gamma=0.2, C=9.0).fit(raw(TRAINING), TRAINING["b"]).predict(raw(NEW))
    np.testing.assert_allclose(found.predict(NEW), expected, rtol=1e-10)


def test_documents_of_the_first_version_are_read(local_store) -> None:
    model = make_kernel_model()
    document = stored_document(local_store, put_model(local_store, model, {"C": 1.0}))
    for later in ("kind", "ranges"):
        del document[later]
    found = get_model(put_document(local_store, document))
    assert isinstance(found, FittedModel)
    assert np.array_equal(found.predict(NEW), model.predict(NEW))
    assert found.ranges is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 2}, "schema 2"),
        ({"kind": "oracle"}, "kind 'oracle'"),
        ({"n_features": None}, "n_features"),
        ({"model": {"name": "vqe"}}, "ModelSpec"),
        ({"parameters": ["theta"]}, r"expected \['theta'\]"),
    ],
)
def test_what_another_version_wrote_is_refused(local_store, changes, said: str) -> None:
    document = stored_document(local_store, put_model(local_store, make_circuit(), {}))
    changed = {k: v for k, v in {**document, **changes}.items() if v is not None}
    with pytest.raises(CorruptArtifact, match=said):
        get_model(put_document(local_store, changed))


@pytest.mark.parametrize("name", ["kernel", "vqc", "svm"])
def test_damage_is_found_by_loading_and_by_verify(local_store, flip_bit, name: str) -> None:
    ref = put_model(local_store, MODELS[name](), {})
    assert verify(local_store).damaged == []
    for entry in local_store.list():
        data = local_store.get(entry.path)
        flip_bit(local_store, entry.path, 777)
        with pytest.raises(CorruptArtifact):
            get_model(ref)
        assert [damage.path for damage in verify(local_store).damaged] == [entry.path]
        local_store.put(entry.path, data)
    assert isinstance(get_model(ref).predict(NEW), np.ndarray)


def test_nothing_stored_is_executable(local_store) -> None:
    for make in MODELS.values():
        put_model(local_store, make(), {})
    suffixes = {entry.path.rpartition(".")[2] for entry in local_store.list()}
    assert suffixes == {"json", "parquet", "safetensors"}


def stored_document(store, ref: ArtifactRef) -> dict:
    return json.loads(store.get(ref.path))


def put_document(store, document: dict) -> ArtifactRef:
    data = json.dumps(document).encode()
    path = f"models/{digest(data)[:2]}/{digest(data)}.json"
    store.put(path, data)
    return ArtifactRef(store=store.url, path=path, sha256=digest(data))
