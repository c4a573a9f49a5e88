"""What `qml benchmark --dry-run` tells: folds, fits, time, dollars and the screen."""

import json

import pytest

from deployments.cli.benchmark_circuits import tell_cost
from deployments.cli.benchmark_door import check_data
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, BenchmarkSpec, RunSpec

SMALL = (
    "benchmark",
    "--set",
    'benchmark.datasets=[{"name":"moons","parameters":{"n_samples":24}}]',
    "--dry-run",
    *("--models", "qsvc", "--classical", "logistic,dummy"),
    *("--folds", "2", "--repeats", "2", "--configurations", "4"),
)


@pytest.fixture
def told(qml, tmp_path):
    """The output of a dry run, which leaves nothing behind."""

    def run(*words):
        said = qml(*SMALL, *words)
        assert (said.code, said.err) == (0, "")
        assert not (tmp_path / "store").exists()
        return said.out

    return run


def test_it_shows_what_speaks_against_a_model_and_counts_the_rest(told):
    short, long = told(), told("--verbose")
    assert max(map(len, (short + long).splitlines())) <= 80
    assert "2 × 2 outer folds, 4 configurations of every model in 3 inner folds" in short
    assert "logistic; dummy" in short
    assert "qsvc iqp on moons (n_samples=24): do not pay for it" in short
    other = next(line for line in short.splitlines() if "other remarks" in line)
    assert len(long.splitlines()) >= len(short.splitlines()) + int(other.split()[0]) - 1
    assert short.count("    − ") == long.count("    − ") > 0


def test_as_json_it_is_one_document(told):
    document = json.loads(told("--json"))
    fits = {one["model"]: one["fits"] for one in document["models"]}
    folds = 4 + 2 * 2  # and two shares of the learning curve
    assert fits["logistic"] == folds * (3 * 4 + 1)
    assert fits["dummy"] == folds * (3 + 1)
    assert document["folds"] == 4
    assert document["usd"] == 0
    assert [one["model"] for one in document["screens"]] == ["", "qsvc iqp"]


def test_on_a_qpu_it_shows_the_price_and_that_the_screen_will_refuse(told):
    words = ("--backend", "braket.iqm.Garnet", "--shots", "20", "--repeats", "1")
    text = told(*words)
    assert "circuits    qsvc iqp on moons (n_samples=24): " in text
    assert "dollars     at most " in text
    assert "refused without --force" in text
    assert "refused" not in told(*words, "--force")


def test_the_cost_is_said_before_a_run_on_shots_starts(capsys):
    data = {"name": "moons", "parameters": {"n_samples": 30}}
    asked = {"datasets": [data], "models": [{"name": "qsvc"}], "folds": 2, "repeats": 1}
    specs = {
        "benchmark": BenchmarkSpec.model_validate(asked),
        "backend": BackendSpec(name="default.mixed", shots=50),
        "run": RunSpec(),
    }
    opened = check_data(specs["benchmark"], specs["backend"], Settings.from_environment())
    tell_cost(opened, specs)
    said = capsys.readouterr()
    assert said.out == ""
    assert "720 of 50 shots in 6 jobs" in " ".join(said.err.split())
    assert "dollars     at most 0.00 USD" in said.err
    tell_cost(opened, {**specs, "backend": BackendSpec()})
    assert capsys.readouterr().err == ""
