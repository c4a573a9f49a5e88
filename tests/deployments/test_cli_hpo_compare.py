"""`qml hpo compare`: the plan, refusals at the door, and what people read at the end."""

import json

import pytest

from deployments.cli.hpo_compare import comparison_text
from qml_core.references import ArtifactRef, ComparedRef, ComparisonRef, Interval, SearcherCost

OWN = """
comparison:
  spaces: []
  search:
    space: {C: [0.1, 1, 10], bandwidth: [0.2, 0.4]}
"""


def test_a_dry_run_says_what_is_evaluated_and_how_many_searches_follow(qml, tmp_path):
    words = ["hpo", "compare", "--spaces", "planted,qsvm", "--searchers", "qaoa,anneal,random"]
    words += ["--seeds", 12, "--trials", 30, "--dry-run"]
    said = qml(*words, "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == {
        "verb": "hpo compare",
        "configurations": {"planted": 2304, "qsvm": 270},
        "evaluated": 270,
        "searches": 2 * 3 * 12,
        "trials": 30,
        "usd": 0.0,
    }
    table = " ".join(qml(*words).out.split())
    assert "planted (2,304), qsvm (270)" in table
    assert "72: qaoa, anneal, random, 12 seeds each; 30 look-ups each" in table
    assert "qaoa − anneal and qaoa − random" in table
    assert not (tmp_path / "store").exists()


def test_a_dry_run_warns_of_too_few_seeds_and_names_whose_prices_count(qml):
    words = ["hpo", "compare", "--seeds", 3, "--set", "comparison.priced_as.name=braket.iqm.Garnet"]
    table = " ".join(qml(*words, "--dry-run").out.split())
    assert "3 seeds each; a verdict needs 10" in table
    assert "simulated and counted as on braket.iqm.Garnet" in table


def test_a_space_of_ones_own_is_counted_beside_the_built_in_ones(qml, tmp_path):
    (tmp_path / "own.yaml").write_text(OWN)
    words = ["hpo", "compare", "moons", "--params", "own.yaml", "--dry-run", "--json"]
    assert json.loads(qml(*words).out)["configurations"] == {"own": 6}
    both = json.loads(qml(*words, "--spaces", "xgboost").out)
    assert both["configurations"] == {"xgboost": 576, "own": 6}
    assert both["evaluated"] == 582


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--spaces moon", "comparison.spaces"),
        ("--spaces qsvm,qsvm", "names one twice"),
        ("--spaces ,", "spaces is empty"),
        ("--searchers qaoa", "comparison.searchers"),
        ("--searchers qaoa,bayes", "bayes"),
        ("--seeds 1", "comparison.seeds"),
        ("--trials 0", "comparison.trials"),
        ("--set comparison.trails=3", "near: trials"),
        ("--set comparison.priced_as.name=qml.batched", "exact"),
        ("--set comparison.surrogate.max_qubits=1", "qubits"),
        ("moons", "without a space of one's own"),
        ("--params own.yaml", "needs a data set"),
        ("moons --params wide.yaml", "the limit is 100,000"),
        ("--params none.yaml", "none.yaml"),
    ],
)
def test_what_cannot_be_compared_is_refused_at_the_door(qml, tmp_path, words, expected):
    (tmp_path / "own.yaml").write_text(OWN)
    wide = "{kind: real, low: 1, high: 2, points: 400}"
    (tmp_path / "wide.yaml").write_text(f"comparison: {{search: {{space: {{C: {wide}, bandwidth: "
                                        f"{wide}}}}}}}\n")  # fmt: skip
    said = qml("hpo", "compare", *words.split())
    assert said.code == 2
    assert expected in said.err
    assert said.err.count("\n") == 1


@pytest.fixture
def result():
    """Two searchers on one space."""
    of = {"store": "file:///s", "sha256": "0" * 64}
    page = ArtifactRef(path="reports/00/00.html", **of)

    def cost(circuits, usd=None):
        return SearcherCost(
            seconds=0.25, evaluations=circuits, circuits=circuits, shots=1000 * circuits, usd=usd
        )

    space = ComparedRef(
        name="qsvm",
        size=1270,
        optimum=0.875,
        areas={"qaoa": Interval(value=0.1, low=0.05, high=0.15), "random": Interval(value=0.2)},
        ranks={"qaoa": 1.9, "random": 1.1},
        finals={"qaoa": Interval(value=0.85), "random": Interval(value=0.86)},
        costs={"qaoa": cost(4100, 12.5), "random": cost(0)},
        friedman=None,
        corrected={"qaoa − random": 0.25},
        verdict="No verdict: 3 seeds, it needs at least 10",
    )
    return ComparisonRef(
        **{**page.model_dump(), "run_id": "r", "command": "qml hpo compare"},
        verdict="none",
        report=page,
        spaces=(space,),
        tuning="Fixed angles do.",
        replays=page,
    )


def test_the_text_of_a_comparison_shows_each_space_its_optimum_tests_costs_and_verdict(
    result, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "80")
    lines = comparison_text(result).splitlines()
    assert "qsvm: 1,270 feasible configurations, optimum 0.875" in lines[1]
    first, second = (line.split() for line in lines[3:5])
    assert lines[2].split()[-2:] == ["circuits", "USD"]
    assert first == ["random", "1.10", "0.2000", "0.86", "250", "ms", "0"]
    assert second[:2] == ["qaoa", "1.90"]
    assert second[-3:] == ["ms", "4,100", "12.50"]
    assert "0.0500 to 0.1500" in lines[4]
    assert lines[5:7] == ["  qaoa − random: p = 0.25 (Holm)", f"  {result.spaces[0].verdict}."]
    assert lines[-1] == "  Fixed angles do."
    assert max(map(len, lines)) <= 80
