"""`qml diagnose`: words, plan and refusals; the table that people read."""

import json

import pytest

from deployments.cli.diagnose import diagnosis_text
from qml_core.references import (
    ArtifactRef,
    DiagnosedPoint,
    DiagnosedSeries,
    DiagnosisRef,
    Interval,
)


def test_a_dry_run_names_the_points(qml, tmp_path):
    words = "diagnose --qubits 2,4 --layers 1 --cost local --samples 50 --dry-run"
    said = qml(*words.split(), "--json")
    assert (said.code, said.err) == (0, "")
    plan = json.loads(said.out)
    assert plan["points"] == [[2, 1], [4, 1]]
    assert (plan["samples"], plan["usd"]) == (50, 0.0)
    assert not (tmp_path / "store").exists()
    assert "2 × 1, 4 × 1 (qubits × layers), 50 random" in qml(*words.split()).out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--qubits two", "numbers with commas"),
        ("--qubits 4,2", "qubits must rise"),
        ("--ansatz brick", "unknown ansatz 'brick'"),
        ("--cost squared", "diagnosis.measurement.kind"),
        ("--ansatz tree --qubits 1,2", "no layer on 1 qubit"),
        ("--set diagnosis.smaples=3", "near: samples"),
        ("--set backend.shots=10", "exact gradients"),
        ("--set diagnosis.calibration=ibm.nowhere", "calibration record ibm.nowhere"),
        ("--ansatz reuploading --set diagnosis.initialisation=identity", "cancel"),
    ],
)
def test_what_cannot_be_is_refused_at_the_door(qml, words, expected):
    said = qml("diagnose", *words.split())
    assert said.code == 2
    assert expected in said.err


def test_the_table_shows_every_size_and_what_is_unknown():
    place = ArtifactRef(store="file:///s", path="p", sha256="0" * 64)
    result = DiagnosisRef(
        **place.model_dump(),
        run_id="r",
        report=place,
        verdict="Flat.",
        command="qml diagnose",
        points=(DiagnosedPoint(qubits=2, layers=1, parameters=6, zeros=2, first_variance=0.0123),),
        series=(
            DiagnosedSeries(
                name="1 layer", slope=Interval(value=-1, low=-1.1, high=-0.9), outcome="flat"
            ),
        ),
        table=place,
        advice=("Use fewer layers.",),
    )
    header, row, _, slope, advice = diagnosis_text(result).splitlines()
    assert row.split() == ["2", "1", "2/6", "1.23e-02", "–", "–", "–"]
    assert len(header) == len(row)
    words = "1 layer -1.00 log2 per qubit, 95 % interval -1.10 to -0.90 flat"
    assert " ".join(slope.split()) == words
    assert advice == "- Use fewer layers."
