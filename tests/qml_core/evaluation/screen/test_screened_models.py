"""Whole screens: planted advantages are worth it, tables are not, big circuits say so."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.decomposition import PCA

from qml_core.errors import SpecError
from qml_core.evaluation.datasets import generate
from qml_core.evaluation.screen import screen_model
from qml_core.evaluation.screen.classical_kernels import standardised
from qml_core.evaluation.screen.of_model import _stratified
from qml_core.specs import BackendSpec, ModelSpec

QPU = BackendSpec(name="ibm.ibm_torino")
OWN = {"bandwidths": (0.2, 1.0)}


def of(name, **kernel):
    encoding = {"name": name, **kernel.pop("encoding", {})}
    return ModelSpec.model_validate({"kernel": {"encoding": encoding, **kernel}, **OWN})


def screened(model, X, raw, y, task="classification", **kwargs):
    asked = {"backend": QPU, "seed": 0, **kwargs}
    return screen_model("the model", model, "the data", X, raw, y, task, **asked)


def against(screen):
    return {reason.check for reason in screen.reasons if reason.against}


def reason(screen, check):
    return next(r for r in screen.reasons if r.check == check)


def planted(seed, n=100):
    X, y = generate("ad_hoc", n_samples=n, n_features=2, gap=0.3, seed=seed)
    return X, (y > 0).astype(float)


def components(load, d):
    raw, y = load(return_X_y=True)
    raw = standardised(raw)
    return standardised(PCA(d, random_state=0).fit_transform(raw)), raw, y.astype(float)


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_advantage_is_worth_it_and_no_other_circuit_or_labels_are(seed):
    X, y = planted(seed)
    found = screened(of("zz"), X, X, y)
    assert found.worth
    assert (found.instead, found.rows, found.excluded) == ("", 100, False)
    assert reason(found, "bandwidth").value == 1.0
    assert reason(found, "geometric difference").value > 0.3 * np.sqrt(100)
    assert not screened(of("iqp"), X, X, y).worth
    assert not screened(of("zz", encoding={"entanglement": "none"}), X, X, y).worth
    shuffled = np.random.default_rng(seed).permutation(y)
    assert "model complexity" in against(screened(of("zz"), X, X, shuffled))


@pytest.mark.slow
def test_every_planted_advantage_is_worth_it_and_no_permuted_one():
    for seed in range(100, 130):
        X, y = planted(seed, n=60)
        assert screened(of("zz"), X, X, y).worth, seed
        shuffled = np.random.default_rng(seed).permutation(y)
        assert not screened(of("zz"), X, X, shuffled).worth, seed


@pytest.mark.parametrize("kind", ["fidelity", "projected"])
@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_tables_that_a_classical_kernel_learns_are_not_worth_it(load, kind):
    found = screened(of("iqp", kind=kind), *components(load, 8), most_rows=120)
    assert not found.worth
    assert {"model complexity", "target alignment"} <= against(found)
    assert kind == "projected" or "geometric difference" in against(found)
    assert (found.instead, found.rows) == ("rbf_svm", 120)
    assert all(r.said.endswith(".") for r in found.reasons)


def test_too_few_shots_are_a_reason_against_what_else_were_worth_it():
    X, y = planted(0)
    few = screened(of("zz"), X, X, y, backend=BackendSpec(name="ibm.ibm_torino", shots=3))
    assert against(few) == {"shots"}
    assert screened(of("zz"), X, X, y, backend=BackendSpec()).worth


def test_a_product_state_is_classically_easy_whatever_the_labels():
    X, raw, y = components(load_wine, 3)
    X, raw, y = X[::3], raw[::3], y[::3]
    assert "entanglers" in against(screened(of("angle"), X, raw, y))
    plain = of("iqp", encoding={"entanglement": "none"})
    assert "entanglers" in against(screened(plain, X, raw, y))
    assert "entanglers" not in against(screened(of("iqp"), X, raw, y))


def test_a_large_circuit_says_what_could_not_be_looked_at():
    rng = np.random.default_rng(0)
    raw, y = rng.normal(size=(40, 30)), np.arange(40.0) % 2
    found = screened(of("iqp", encoding={"entanglement": "linear"}), raw, raw, y)
    assert "geometric difference" in reason(found, "kernel").said
    assert reason(found, "exact simulation").value == 30
    assert "geometric difference" not in {r.check for r in found.reasons}
    assert found.worth
    product = screened(of("angle"), raw, raw, y)
    assert reason(product, "geometric difference").value > 0
    assert "entanglers" in against(product)


def test_a_variational_model_is_told_by_the_kernel_of_its_encoding():
    X, y = planted(1)
    circuit = {"encoding": {"name": "zz"}}
    found = screened(ModelSpec.model_validate({"name": "vqc", "circuit": circuit}), X, X, y)
    kernel = screened(of("zz"), X, X, y)
    same = ("geometric difference", "model complexity", "target alignment")
    assert [reason(found, c) for c in same] == [reason(kernel, c) for c in same]
    assert "shots" not in {r.check for r in found.reasons}
    assert "encoding" in reason(found, "kernel").said


def test_what_is_trained_before_or_between_encodings_is_not_judged():
    X, raw, y = components(load_wine, 3)
    again = ModelSpec.model_validate({"name": "vqc", "circuit": {"ansatz": "reuploading"}})
    found = screened(again, X, raw, y, most_rows=60)
    assert found.worth
    assert "re-uploading" in {r.check for r in found.reasons}
    once = ModelSpec.model_validate({"name": "vqc"})
    assert not screened(once, X, raw, y, most_rows=60).worth
    hybrid = screened(ModelSpec(name="hybrid"), X, raw, y)
    assert (hybrid.worth, hybrid.rows, len(hybrid.reasons)) == (True, 0, 1)


def test_values_are_screened_like_classes():
    rng = np.random.default_rng(3)
    raw = rng.normal(size=(80, 25))
    y = raw[:, 0] + 0.1 * rng.normal(size=80)
    model = ModelSpec.model_validate({"name": "qsvr", **OWN})
    found = screened(model, raw[:, :3], raw, y, "regression")
    assert against(found) == {"model complexity", "target alignment"}
    assert found.instead in {"rbf_svm", "ridge", "poly_svm"}


def test_the_same_seed_gives_the_same_screen_and_another_one_other_rows():
    X, raw, y = components(load_breast_cancer, 3)
    values = [
        [
            r.value
            for r in screened(of("iqp"), X, raw, y, seed=seed, most_rows=50).reasons
            if r.value
        ]
        for seed in (1, 1, 2)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-9)
    assert values[0] != pytest.approx(values[2], rel=1e-3)


def test_rows_are_drawn_by_class_and_rare_classes_are_kept():
    y = np.repeat([0.0, 1.0, 2.0], [90, 9, 1])
    chosen = _stratified(y, "classification", 20, 0)
    assert len(chosen) == len(set(chosen)) == 20
    assert np.all(np.diff(chosen) > 0)
    counts = np.bincount(y[chosen].astype(int))
    assert counts[0] in (17, 18)
    assert counts[1] >= 1
    assert counts[2] == 1
    assert len(_stratified(y, "regression", 20, 0)) == 20
    assert len(_stratified(y, "classification", 1000, 0)) == 100


def test_features_that_the_encoding_cannot_hold_are_refused():
    with pytest.raises(SpecError, match="n_qubits"):
        screened(of("iqp", encoding={"n_qubits": 3}), *components(load_wine, 4))
