"""Configurations in a model: paths, short names, and what is refused."""

import pytest

from qml_core.errors import SpecError
from qml_core.specs import EncodingSpec, KernelSpec, ModelSpec
from qml_core.specs.configuration import configured, names_of, resolve


def test_short_names_of_a_kernel_model_leave_one_kernel_and_one_penalty():
    asked = {"C": 3, "bandwidth": 0.2, "reps": 4, "entanglement": "ring", "encoding": "zz"}
    found = configured(ModelSpec(), asked)
    encoding = EncodingSpec(name="zz", reps=4, entanglement="ring", bandwidth=0.2)
    assert found.candidate_kernels() == (KernelSpec(encoding=encoding),)
    assert found.C == (3.0,)


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("kernel.encoding.reps", "reps"),
        ("model.kernel.encoding.reps", "kernel.encoding.reps"),
        ("kernel.encoding", "encoding"),
        ("kernel.encoding.bandwidth", "bandwidth"),
    ],
)
def test_a_path_and_its_short_name_are_the_same_field(path, short):
    value = "angle" if short == "encoding" else 2
    assert configured(ModelSpec(), {path: value}) == configured(ModelSpec(), {short: value})


def test_short_names_of_a_circuit_are_its_own():
    asked = {
        "layers": 3,
        "learning_rate": 0.1,
        "ansatz": "hardware_efficient",
        "bandwidth": 0.5,
        "training.epochs": 7,
        "measurement": "parity",
    }
    found = configured(ModelSpec(name="vqc"), asked)
    assert found.circuit.layers == 3
    assert (found.training.learning_rate, found.training.epochs) == (0.1, 7)
    assert found.circuit.encoding == EncodingSpec(name="angle", bandwidth=0.5)
    assert found.circuit.measurement.kind == "parity"


def test_fields_that_no_configuration_names_stay():
    model = ModelSpec(kernel=KernelSpec(encoding=EncodingSpec(reps=5)), C=(2.0, 3.0))
    found = configured(model, {"bandwidth": 0.3})
    assert (found.kernel.encoding.reps, found.C, found.bandwidths) == (5, (2.0, 3.0), (0.3,))


def test_the_bandwidth_of_the_model_gives_way_to_that_of_the_configuration():
    own = EncodingSpec(bandwidth=0.7)
    model = ModelSpec(kernel=KernelSpec(encoding=own), bandwidths=(0.7,))
    (kernel,) = configured(model, {"bandwidth": 1.0}).candidate_kernels()
    assert kernel.encoding.bandwidth == 1.0


def test_lists_are_written_with_commas_and_hidden_units_as_one_layer():
    pauli = ModelSpec(kernel=KernelSpec(encoding=EncodingSpec(name="pauli")))
    assert configured(pauli, {"paulis": "Z,XX"}).kernel.encoding.paulis == ("Z", "XX")
    assert configured(ModelSpec(name="hybrid"), {"hidden": 8}).hidden == (8,)


@pytest.mark.parametrize(
    ("model", "name", "near"),
    [
        ("qsvc", "bandwith", "bandwidth"),
        ("qsvc", "layers", "known: "),
        ("vqc", "learning_rates", "learning_rate"),
        ("vqc", "C", "known: "),
        ("qsvc", "epsilon", "known: "),
        ("qsvc", "kernel_training", "kernel.encoding"),
        ("vqc", "checkpoint_s", "known: "),
    ],
)
def test_a_name_that_the_model_has_not_is_refused_with_near_ones(model, name, near):
    with pytest.raises(SpecError, match="no hyper-parameter") as raised:
        resolve(ModelSpec(name=model), name)
    assert near.partition(":")[0] in raised.value.message


@pytest.mark.parametrize(
    ("model", "asked", "reason"),
    [
        ("qsvc", {"encoding": "angle", "reps": 3}, "angle has no reps"),
        ("qsvc", {"C": -1}, "greater than 0"),
        ("qsvc", {"encoding": "sinus"}, "unknown encoding"),
        ("vqc", {"optimiser": "rotosolve"}, "loss=linear"),
        ("vqc", {"layers": 2.5}, "integer"),
    ],
)
def test_values_that_the_model_refuses_are_named_with_its_reason(model, asked, reason):
    with pytest.raises(SpecError, match=reason) as raised:
        configured(ModelSpec(name=model), asked)
    assert f"{next(iter(asked))}=" in raised.value.message


def test_two_names_of_one_field_are_refused():
    with pytest.raises(SpecError, match=r"both kernel\.encoding\.reps"):
        configured(ModelSpec(), {"reps": 2, "kernel.encoding.reps": 3})


def test_every_name_stands_for_a_field_of_the_model():
    for name in ("qsvc", "qsvr", "vqc", "vqr", "hybrid"):
        for path in names_of(ModelSpec(name=name)).values():
            here = ModelSpec(name=name)
            for part in path.split("."):
                here = getattr(here, part)


def test_an_ambiguous_last_part_is_no_short_name():
    assert "paulis" not in names_of(ModelSpec(name="vqc"))
    assert names_of(ModelSpec())["paulis"] == "kernel.encoding.paulis"
