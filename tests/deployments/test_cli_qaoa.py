"""`qml qaoa`: words, plan, refusals at the door, and what people read at the end."""

import json

import pytest

from deployments.cli.qaoa_text import solution_text
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.problem import Problem
from qml_core.optimisation.problems.registers import Registers
from qml_core.references import ArtifactRef, QAOARef, Solution

SQUARE = "source,target,weight\n0,1,1\n1,2,1\n2,3,1\n3,0,1\n"


@pytest.fixture
def square(tmp_path):
    (tmp_path / "square.csv").write_text(SQUARE)
    return "square.csv"


def test_a_dry_run_of_exact_values_says_qubits_gates_and_memory(qml, square, tmp_path):
    said = qml("qaoa", "--graph", square, "--layers", 3, "--dry-run", "--json")
    assert (said.code, said.err) == (0, "")
    plan = json.loads(said.out)
    gates = plan["resources"]
    assert (gates["n_qubits"], gates["terms"], gates["layers"]) == (4, 4, 3)
    assert gates["two_qubit"] == 3 * 4 * 2
    assert plan["estimate"]["usd"] == 0
    assert plan["estimate"]["circuits"] == plan["evaluations"] + 1 == 101
    assert not (tmp_path / "store").exists()
    table = qml("qaoa", "--graph", square, "--layers", 3, "--dry-run").out
    assert "24 CNOTs a circuit" in table
    assert "of state vectors" in table


def test_a_dry_run_of_a_device_counts_jobs_shots_and_dollars(qml, square, monkeypatch, tmp_path):
    prices = tmp_path / "prices.toml"
    prices.write_text(
        '[[price]]\nbackend = "braket.iqm.Garnet"\nas_of = 2026-11-21\nsource = "a contract"\n'
        "usd_per_shot = 0.01\nusd_per_circuit = 0.3\n"
    )
    monkeypatch.setenv("QML_PRICES", str(prices))
    words = ["qaoa", "--graph", square, "--backend", "braket.iqm.Garnet", "--shots", 100]
    words += ["--set", "qaoa.evaluations=7", "--set", "qaoa.samples=250", "--dry-run"]
    plan = json.loads(qml(*words, "--json").out)
    measured = plan["measured"]
    assert (measured["circuits"], measured["jobs"], measured["canary"]) == (7 + 3 + 1, 9, 1)
    assert measured["all_shots"] == 7 * 100 + 3 * 84 + 100
    assert measured["usd"] == pytest.approx(11 * 0.3 + 11 * 100 * 0.01)
    assert measured["budget"]["fits"] is False
    assert "at most 14.30 USD" in qml(*words).out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "give --graph FILE, --qubo FILE or --ising FILE"),
        ("--graph none.csv", "none.csv does not exist"),
        ("--graph square.csv --qubo square.csv", "give one of --graph, --qubo"),
        ("--qubo nan.csv --kind maxcut", "--kind maxcut is of --graph"),
        ("--qubo nan.csv", "nan"),
        ("--qubo asymmetric.csv", "symmetric"),
        ("--graph square.csv --kind clique", "clique"),
        ("--graph square.csv --layers 0", "qaoa.layers"),
        ("--graph square.csv --backend qml.bached", "qml.bached"),
        ("--graph square.csv --set qaoa.layres=1", "near: layers"),
        ("--graph square.csv --set problem.penalty=2", "no penalty"),
        ("--graph square.csv --shots 10 --set qaoa.optimiser=lbfgs", "cobyla, spsa"),
    ],
)
def test_what_cannot_be_is_refused_at_the_door(qml, square, tmp_path, words, expected):
    (tmp_path / "nan.csv").write_text("1,nan\nnan,1\n")
    (tmp_path / "asymmetric.csv").write_text("1,2\n3,1\n")
    said = qml("qaoa", *words.split())
    assert said.code == 2
    assert expected in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("more", ["", "--shots 100"])
def test_a_problem_too_large_for_the_memory_is_refused_with_what_it_needs(qml, tmp_path, more):
    edges = "\n".join(f"{i},{i + 1},1" for i in range(40))
    (tmp_path / "path.csv").write_text(f"source,target,weight\n{edges}\n")
    said = qml("qaoa", "--graph", "path.csv", *more.split(), "--dry-run")
    assert said.code == 3
    assert "41 qubits" in said.err
    assert "bytes" in said.err or "GiB" in said.err


def test_people_read_value_bits_ratio_and_angles():
    place = ArtifactRef(store="file:///s", path="p", sha256="0" * 64)
    solution = Solution(
        plan_key="k", gammas=(0.5,), betas=(-0.25,), expectation=-1.5, objective=-1.5,
        evaluations=7, best="010", best_energy=-2, optimum=-2, worst=0, approximation=0.75,
        best_approximation=1.0, feasibility=0.5, samples=place, history=place, circuits=8,
        seconds=1, notes=("linear ramp",),
    )  # fmt: skip
    found = QAOARef(
        **place.model_dump(), run_id="r", report=place, verdict="v", command="qml qaoa",
        solution=solution, value=2.0,
    )  # fmt: skip
    ising = Ising(3, {(): -1.0, (0, 1): 0.5, (1, 2): 0.5})
    text = solution_text(found, Problem("p", "maxcut", ising, Registers.free(3), ("a", "b", "c")))
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines()}
    assert rows["best"] == "cut 2, energy -2 (the optimum)"
    assert (rows["bits"], rows["ones"]) == ("010", "b")
    assert rows["ratio"] == "0.7500 of the expectation, 1.0000 of the best"
    assert rows["feasible"] == "50.0% of the samples"
    assert (rows["gammas"], rows["betas"]) == ("0.5000", "-0.2500")
    assert rows["tuned"] == "7 evaluations, 8 circuits measured, angles from: linear ramp"
