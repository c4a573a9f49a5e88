"""The repeating command gives back the very same specs."""

import shlex

import pytest

from deployments.cli.parameters import apply_settings, validate
from qml_core.commands import repeat_command
from qml_core.specs import (
    BackendSpec,
    CircuitSpec,
    DatasetSpec,
    DiagnosisSpec,
    EncodingSpec,
    ModelSpec,
    RunSpec,
)

KINDS = {"dataset": DatasetSpec, "model": ModelSpec, "backend": BackendSpec, "run": RunSpec}


def parsed(command):
    words = shlex.split(command)
    assert words[:2] == ["qml", "train"]
    assert set(words[2::2]) <= {"--set"}
    document = {}
    apply_settings(document, words[3::2], KINDS)
    return validate(document, KINDS)


def test_specs_survive_the_command_line_with_blanks_quotes_and_numbers_as_text():
    specs = {
        "dataset": DatasetSpec(
            path="/a b/it's 'data'.csv",
            target="1",
            split={"seed": 7},
            preprocessing={"scale": "none"},
        ),
        "model": ModelSpec(bandwidths=(), C=(0.5, 2.0), kernel={"encoding": {"name": "zz"}}),
        "backend": BackendSpec(name="default.qubit"),
        "run": RunSpec(project="x-1"),
    }
    assert parsed(repeat_command("train", specs)) == specs


def test_defaults_are_left_out():
    specs = {"dataset": DatasetSpec(name="iris"), "model": ModelSpec(), "run": RunSpec()}
    assert repeat_command("train", specs) == "qml train --set dataset.name=iris"


@pytest.mark.parametrize(
    "encoding",
    [EncodingSpec(), EncodingSpec(name="angle"), EncodingSpec(name="angle", n_qubits=2)],
    ids=str,
)
def test_the_encoding_of_a_circuit_survives_whose_default_is_not_that_of_kernels(encoding):
    circuit = CircuitSpec(encoding=encoding)
    dataset = DatasetSpec(name="iris")
    specs = {"dataset": dataset, "model": ModelSpec(name="vqc", circuit=circuit)}
    assert parsed(repeat_command("train", specs))["model"] == specs["model"]
    diagnosis = DiagnosisSpec(encoding=encoding)
    words = shlex.split(repeat_command("diagnose", {"diagnosis": diagnosis}))
    document = {}
    apply_settings(document, words[3::2], {"diagnosis": DiagnosisSpec})
    assert validate(document, {"diagnosis": DiagnosisSpec})["diagnosis"] == diagnosis
