"""What there is to choose from, as text for people and as JSON for programs."""

import json
import re
from typing import get_args

import pytest

from qml_core.ansatz_names import own_ansatze
from qml_core.backend_names import EXACT, NOISY, kind_of, provider_of
from qml_core.encoding_names import own_encodings
from qml_core.specs import ModelSpec
from qml_core.specs.contestant import ControlName
from qml_core.specs.search import ClassicalName


def rows(qml, what):
    said = qml("list", what, "--json")
    assert (said.code, said.err) == (0, "")
    return {row["name"]: row for row in json.loads(said.out)}


def test_every_encoding_is_listed_with_qubits_angles_depth_and_paper(qml):
    found = rows(qml, "encodings")
    assert set(found) >= set(own_encodings())
    assert found["hamiltonian"]["qubits"] == "9 for 8 features"
    assert found["amplitude"]["qubits"] == "3 for 8 features"
    for row in found.values():
        assert all(row[name] for name in ("description", "angles", "depth", "paper"))


def test_every_ansatz_is_listed_with_its_parameters_and_paper(qml):
    found = rows(qml, "ansatze")
    assert set(found) >= set(own_ansatze())
    assert found["simplified_two_design"]["parameters"] == "8 and 14 of each layer on 8 qubits"
    assert found["reuploading"]["parameters"].endswith("qubits and one of each feature")
    for row in found.values():
        assert all(row[name] for name in ("description", "paper"))


def test_every_data_set_is_listed_with_task_and_parameters(qml):
    found = rows(qml, "datasets")
    assert set(found) >= {"breast_cancer", "wine", "digits", "iris", "diabetes", "moons", "ad_hoc"}
    assert found["diabetes"]["task"] == "regression"
    assert "noise=0.1" in found["moons"]["parameters"]


def test_models_are_those_of_the_specs_by_kind(qml):
    found = {}
    for name, row in rows(qml, "models").items():
        found.setdefault(row["kind"], []).append(name)
    assert tuple(found["quantum"]) == get_args(ModelSpec.model_fields["name"].annotation)
    assert set(found["classical"]) == set(get_args(ClassicalName))
    assert tuple(found["control"]) == get_args(ControlName)


def test_backends_are_the_simulators_by_name_and_the_qpus_by_pattern(qml):
    found = rows(qml, "backends")
    simulators = [name for name, row in found.items() if row["kind"] != "qpu"]
    assert simulators == [*EXACT, *NOISY]
    for name in simulators:
        assert kind_of(name) == found[name]["kind"]
    assert {provider_of(re.sub(r"<\w+>", "fake", name)) for name in found} == {
        None, "ibm", "braket", "ionq",
    }  # fmt: skip


@pytest.mark.parametrize("what", ["encodings", "ansatze", "datasets", "models", "backends"])
def test_the_text_is_wrapped_and_names_every_row(qml, monkeypatch, what):
    names = rows(qml, what)
    monkeypatch.setenv("COLUMNS", "72")
    lines = qml("list", what).out.splitlines()
    assert {line.split()[0] for line in lines if line and not line.startswith(" ")} == set(names)
    assert max(map(len, lines)) <= 72


VERBS = ["", "train", "kernel", "predict", "open", "deploy", "doctor", "backends", "metrics"]
VERBS += ["budget", *(f"budget {v}" for v in ("set", "show", "history", "reconcile", "export"))]
VERBS += ["qaoa", "models", "models promote", "benchmark", "benchmark export"]
VERBS += [f"benchmark {v}" for v in ("run", "suite", "show", "compare", "reproduce", "audit")]


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_fits_the_screen_and_cuts_no_sentence(qml, verb):
    said = qml(*verb.split(), "--help")
    assert (said.code, said.err) == (0, "")
    assert "..." not in said.out.replace("[ARGS]...", "").replace("[DATA]...", "")
    assert max(map(len, said.out.splitlines())) <= 80


def test_the_version_is_the_packages(qml):
    from qml_core import __version__

    assert qml("--version").out == f"qml, version {__version__}\n"
