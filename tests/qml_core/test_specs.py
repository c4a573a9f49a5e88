"""Specs: frozen, strict, bounded, and described well enough to become a form."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qml_core import specs
from qml_core.encoding_names import known_encodings, own_encodings, qubits_needed
from qml_core.errors import SpecError
from qml_core.specs import (
    BackendSpec,
    DatasetSpec,
    EncodingSpec,
    KernelSpec,
    ModelSpec,
    PreprocessingSpec,
    RunSpec,
    Spec,
    SplitSpec,
    check_together,
)

EXAMPLES: list[Spec] = [
    DatasetSpec(name="iris", preprocessing=PreprocessingSpec(n_components=3)),
    DatasetSpec(path="s3://bucket/data.parquet", target="y", split=SplitSpec(test_size=0.3)),
    DatasetSpec(name="moons", parameters={"samples": 100, "noise": 0.1}),
    PreprocessingSpec(missing="median", scale="minmax", range=(0.0, math.pi)),
    SplitSpec(seed=2**32 - 1, repeats=1),
    EncodingSpec(name="angle", rotation="X", n_qubits=4),
    EncodingSpec(name="pauli", paulis=("X", "ZZ"), entanglement="ring"),
    KernelSpec(encoding=EncodingSpec(name="hamiltonian", time=0.5, state_seed=3)),
    ModelSpec(name="qsvr", bandwidths=(), C=(1.0,), epsilon=0.0),
    BackendSpec(name="lightning.qubit", precision="single"),
    BackendSpec(name="ibm.ibm_torino"),
    BackendSpec(name="braket.iqm.Garnet", shots=500, allocation="adaptive", target_error=0.05),
    BackendSpec(name="default.mixed", noise="ibm.fake_manila", corrections=("readout",)),
    BackendSpec(shots=100, estimator="randomised", bases=20),
    RunSpec(on_refusal="fallback", fallback=("ionq.forte-1", "qml.batched"), max_queue=3),
    RunSpec(seed=7, task_runner="dask:tcp://127.0.0.1:8786", remeasure=1),
]
CLASSES = [
    c for c in vars(specs).values() if isinstance(c, type) and issubclass(c, Spec) and c is not Spec
]
OUT_OF_BOUNDS: list[tuple[type[Spec], dict[str, Any], str]] = [
    (PreprocessingSpec, {"n_components": 0}, "n_components"),
    (PreprocessingSpec, {"n_components": 4097}, "n_components"),
    (PreprocessingSpec, {"range": (1.0, 1.0)}, "range"),
    (PreprocessingSpec, {"reduce": "none", "n_components": 2}, "n_components=2"),
    (SplitSpec, {"test_size": 0.0}, "test_size"),
    (SplitSpec, {"test_size": 1.0}, "test_size"),
    (SplitSpec, {"seed": -1}, "seed"),
    (SplitSpec, {"seed": 2**32}, "seed"),
    (SplitSpec, {"repeats": 0}, "repeats"),
    (DatasetSpec, {}, "either name or path"),
    (DatasetSpec, {"name": "iris", "path": "a.csv"}, "either name or path"),
    (DatasetSpec, {"path": "a.csv"}, "target"),
    (DatasetSpec, {"name": "iris", "target": "y"}, "target=y"),
    (DatasetSpec, {"path": "a.csv", "target": "y", "parameters": {"n": 1}}, "parameters"),
    (DatasetSpec, {"name": "../../etc/passwd"}, "name"),
    (DatasetSpec, {"name": "a/b"}, "name"),
    (EncodingSpec, {"n_qubits": 0}, "n_qubits"),
    (EncodingSpec, {"reps": 0}, "reps"),
    (EncodingSpec, {"reps": 65}, "reps"),
    (EncodingSpec, {"bandwidth": 0.0}, "bandwidth"),
    (EncodingSpec, {"bandwidth": math.nan}, "bandwidth"),
    (EncodingSpec, {"entanglement": "star"}, "entanglement"),
    (EncodingSpec, {"name": "pauli", "paulis": ("A",)}, "paulis"),
    (EncodingSpec, {"name": "pauli", "paulis": ()}, "paulis"),
    (EncodingSpec, {"name": "angle", "reps": 3}, "reps is for hamiltonian, iqp, pauli, zz"),
    (KernelSpec, {"kind": "magic"}, "kind"),
    (ModelSpec, {"C": ()}, "C"),
    (ModelSpec, {"C": (0.0,)}, "C"),
    (ModelSpec, {"inner_folds": 1}, "inner_folds"),
    (BackendSpec, {"name": "abacus"}, "name"),
    (BackendSpec, {"name": "ibm.Torino"}, "name"),
    (BackendSpec, {"name": "braket.Garnet"}, "name"),
    (BackendSpec, {"allocation": "adaptive"}, "allocation"),
    (BackendSpec, {"estimator": "randomised"}, "estimator"),
    (BackendSpec, {"shots": 100, "noise": "ibm.fake_manila"}, "noise"),
    (BackendSpec, {"shots": 100, "allocation": "adaptive"}, "pilot_shots=128"),
    (BackendSpec, {"name": "ionq.forte-1", "precision": "single"}, "double"),
    (RunSpec, {"fallback": ["abacus"]}, "fallback"),
    (RunSpec, {"on_refusal": "simulate"}, "on_refusal"),
    (BackendSpec, {"name": "default.qubit", "precision": "single"}, "double"),
    (RunSpec, {"max_calibration_age_h": 0.0}, "max_calibration_age_h"),
    (RunSpec, {"task_runner": "dask:"}, "task_runner"),
    (RunSpec, {"project": "../other"}, "project"),
]


def described(model: type[Spec]) -> dict[str, bool]:
    """Whether each field has a description in the form: its own, or that of the model it holds."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def speaks(field: dict[str, Any]) -> bool:
        reference = field.get("$ref", "").rsplit("/", 1)[-1]
        return bool(field.get("description") or definitions.get(reference, {}).get("description"))

    return {name: speaks(field) for name, field in schema["properties"].items()}


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda spec: type(spec).__name__)
def test_a_spec_survives_json_unchanged(spec: Spec) -> None:
    assert type(spec).model_validate_json(spec.model_dump_json()) == spec
    assert type(spec).model_validate(spec.model_dump(mode="json")) == spec


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda spec: type(spec).__name__)
def test_a_spec_is_frozen(spec: Spec) -> None:
    name = next(iter(type(spec).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(spec, name, getattr(spec, name))


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda spec: type(spec).__name__)
def test_a_misspelt_field_is_an_error(spec: Spec) -> None:
    with pytest.raises(ValidationError, match="colour"):
        type(spec).model_validate({**spec.model_dump(), "colour": 1})


@pytest.mark.parametrize(("model", "values", "said"), OUT_OF_BOUNDS)
def test_a_value_out_of_bounds_is_refused_by_name(
    model: type[Spec], values: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    assert said in str(caught.value)


@pytest.mark.parametrize("model", CLASSES)
def test_every_field_of_the_form_has_a_description(model: type[Spec]) -> None:
    silent = [name for name, speaks in described(model).items() if not speaks]
    assert silent == []


@pytest.mark.parametrize("model", CLASSES)
def test_the_form_refuses_fields_it_does_not_have(model: type[Spec]) -> None:
    assert model.model_json_schema()["additionalProperties"] is False


def test_a_field_without_a_description_would_be_noticed() -> None:
    class Silent(Spec):
        value: int = 1

    assert described(Silent) == {"value": False}


def test_the_form_offers_exactly_the_encodings_there_are() -> None:
    offered = EncodingSpec.model_json_schema()["properties"]["name"]["enum"]
    assert offered == list(known_encodings())


def test_the_encodings_are_the_files_of_their_folder_and_include_those_promised() -> None:
    promised = {"angle", "basis", "amplitude", "iqp", "zz", "pauli", "hamiltonian"}
    assert promised <= set(own_encodings())
    assert not any(name.startswith("_") for name in own_encodings())


def test_an_unknown_encoding_is_refused_with_the_names_of_the_known_ones() -> None:
    with pytest.raises(ValidationError) as caught:
        EncodingSpec(name="bogus")
    assert "'bogus'" in str(caught.value)
    assert all(name in str(caught.value) for name in own_encodings())


@pytest.mark.parametrize(
    ("encoding", "features", "qubits"),
    [
        ("iqp", 10, 10),
        ("hamiltonian", 10, 11),
        ("amplitude", 10, 4),
        ("amplitude", 16, 4),
        ("amplitude", 1, 1),
    ],
)
def test_qubits_follow_from_the_features(encoding: str, features: int, qubits: int) -> None:
    assert qubits_needed(encoding, features) == qubits


@given(features=st.integers(1, 4096))
def test_an_amplitude_encoding_holds_all_features_and_wastes_less_than_half(features: int) -> None:
    qubits = qubits_needed("amplitude", features)
    assert qubits is not None
    assert features <= 2**qubits
    assert qubits == 1 or features > 2 ** (qubits - 1)


@pytest.mark.parametrize(("components", "qubits"), itertools.product([2, 3], [2, 3]))
def test_components_and_qubits_that_differ_are_refused_and_both_named(
    components: int, qubits: int
) -> None:
    dataset = DatasetSpec(name="iris", preprocessing=PreprocessingSpec(n_components=components))
    kernel = KernelSpec(encoding=EncodingSpec(n_qubits=qubits))
    if components == qubits:
        check_together(dataset, kernel)
        return
    with pytest.raises(SpecError) as caught:
        check_together(dataset, kernel)
    assert f"preprocessing.n_components={components}" in str(caught.value)
    assert f"encoding.n_qubits={qubits}" in str(caught.value)


def test_every_candidate_kernel_has_one_of_the_bandwidths() -> None:
    model = ModelSpec(bandwidths=(0.1, 0.3))
    assert [k.encoding.bandwidth for k in model.candidate_kernels()] == [0.1, 0.3]
    assert ModelSpec(bandwidths=()).candidate_kernels() == (KernelSpec(),)


def test_an_encoding_without_angles_has_one_candidate_kernel() -> None:
    kernel = KernelSpec(encoding=EncodingSpec(name="basis", threshold=0.5))
    assert ModelSpec(kernel=kernel).candidate_kernels() == (kernel,)


def test_a_bandwidth_beside_a_grid_is_refused_and_alone_it_is_taken() -> None:
    own = {"encoding": {"bandwidth": 0.7}}
    with pytest.raises(ValidationError, match=r"bandwidth=0\.7 beside bandwidths=.*\[0\.7\]"):
        ModelSpec.model_validate({"kernel": own})
    for grid in ((), (0.7,)):
        model = ModelSpec.model_validate({"kernel": own, "bandwidths": grid})
        assert [k.encoding.bandwidth for k in model.candidate_kernels()] == [0.7]


def test_a_path_with_credentials_is_refused_without_repeating_them() -> None:
    with pytest.raises(ValidationError) as caught:
        DatasetSpec(path="s3://AKIA:hidden@bucket/x.csv", target="y")
    assert "credentials" in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("name", ["basis", "amplitude"])
def test_kernel_training_needs_a_bandwidth_to_train(name):
    with pytest.raises(ValidationError, match=f"kernel_training=5, but encoding {name} has no"):
        ModelSpec(kernel={"encoding": {"name": name}}, kernel_training=5)
    ModelSpec(kernel={"encoding": {"name": name}})


def test_a_device_without_shots_asked_gets_a_thousand_and_a_simulator_none() -> None:
    asked = ("ibm.fake_manila", "qiskit.aer", "lightning.qubit")
    assert [BackendSpec(name=name).shots for name in asked] == [1000, 1000, None]


def test_errors_are_corrected_on_devices_and_noisy_simulators_unless_said_otherwise() -> None:
    assert BackendSpec(name="qiskit.aer").applied_corrections == ("readout", "depolarising")
    assert BackendSpec(name="ionq.forte-1", corrections=()).applied_corrections == ()
    assert BackendSpec(name="qiskit.aer", estimator="randomised").applied_corrections == ()
