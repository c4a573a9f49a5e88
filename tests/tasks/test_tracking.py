"""A benchmark in MLflow: what is logged, nothing secret, and that no failure loses a benchmark."""

import logging
import math
import sys
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import pytest
from stored_benchmarks import FIRST, SECOND, fold_scores, verdict

from qml_core.references import BenchmarkPlan
from qml_core.specs import BackendSpec, BenchmarkSpec
from qml_core.storage.store import open_store
from tasks.tracked import LONGEST_NAME, LONGEST_TEXT, metrics, parameters, tags
from tasks.tracking import EXPERIMENT, public, track

BENCHMARK = BenchmarkSpec.model_validate(
    {"datasets": [{"name": "moons"}], "models": [{}], "classical": ["rbf_svm"]}
)
needs_mlflow = pytest.mark.skipif(
    find_spec("mlflow") is None, reason="mlflow-skinny is an extra that no lock holds"
)


@pytest.fixture
def plan():
    return BenchmarkPlan(
        key="ab" * 32,
        store="file:///a",
        benchmark=BENCHMARK,
        task="classification",
        data=(),
        contestants=BENCHMARK.contestants("classification"),
        backend=BackendSpec(),
        seed=3,
    )


@pytest.fixture
def scores(tmp_path):
    store = open_store((tmp_path / "store").as_uri())
    return fold_scores(store, FIRST, failed=[("qsvc iqp", 0, 0)])


class Client:
    """What is used of MLflow's client, in memory; runs outlive it, by experiment."""

    runs: dict[str, SimpleNamespace]
    fails = ""

    def __init__(self, tracking_uri):
        self.uri = tracking_uri

    def _call(self, name):
        if name == self.fails:
            raise ConnectionError(f"{self.uri}: no answer")

    def get_experiment_by_name(self, name):
        self._call("get_experiment_by_name")
        return SimpleNamespace(experiment_id="1") if self.runs else None

    def create_experiment(self, name):
        assert name == EXPERIMENT
        return "1"

    def search_runs(self, experiments, filter_string):
        return [run for run in self.runs.values() if run.tags["qml.run_id"] in filter_string]

    def create_run(self, experiment, tags, run_name):
        self._call("create_run")
        info = SimpleNamespace(run_id=f"run {len(self.runs)}", start_time=1000)
        run = SimpleNamespace(info=info, tags=dict(tags), params={}, metrics={}, status="RUNNING")
        self.runs[info.run_id] = run
        return run

    def log_batch(self, run_id, metrics=(), params=(), tags=()):
        self._call("log_batch")
        assert max(len(metrics), len(params), len(tags)) <= 100
        run = self.runs[run_id]
        run.params.update(params)
        run.tags.update(tags)
        run.metrics.update({name: value for name, value, _, _ in metrics})

    def set_terminated(self, run_id, status):
        self.runs[run_id].status = status


@pytest.fixture
def client(monkeypatch):
    """MLflow with a stand-in for its client; a tracking URI is set."""
    mlflow, entities, tracking = (ModuleType(n) for n in ("mlflow", "entities", "tracking"))
    for name in ("Metric", "Param", "RunTag"):
        setattr(entities, name, lambda *values: values)
    tracking.MlflowClient = Client
    for name, module in (("", mlflow), (".entities", entities), (".tracking", tracking)):
        monkeypatch.setitem(sys.modules, f"mlflow{name}", module)
    monkeypatch.setattr(Client, "runs", {}, raising=False)
    monkeypatch.setattr(Client, "fails", "")
    monkeypatch.setenv("QML_MLFLOW_URI", "http://ada:a-planted-secret@mlflow:5000/x?token=hidden")
    return Client


def test_nothing_is_logged_where_no_uri_is_set(plan, scores, monkeypatch):
    monkeypatch.delenv("QML_MLFLOW_URI", raising=False)
    monkeypatch.setitem(sys.modules, "mlflow", None)  # not even imported
    assert track(plan, scores, [verdict()], FIRST) is None


def test_a_benchmark_is_one_finished_run(plan, scores, client):
    assert track(plan, scores, [verdict()], FIRST, "file:///page.html") == "run 0"
    (run,) = client.runs.values()
    assert run.status == "FINISHED"
    assert run.params["folds"] == "5"
    assert run.params["metric"] == "accuracy"
    assert run.params["threshold"] == "0.01"
    assert run.params["quantum models"] == "qsvc iqp"
    assert run.metrics["toy/qsvc iqp/accuracy"] == 0.8
    assert run.metrics["toy/qsvc iqp/difference"] == 0.01
    assert run.metrics["toy/rbf_svm same features/inner"] == 0.81
    assert run.metrics["folds"] == 18
    assert run.metrics["failed folds"] == 1
    assert run.tags["verdict/toy/qsvc iqp"] == "inconclusive"
    assert run.tags["qml.run_id"] == FIRST
    assert run.tags["qml.page"] == "file:///page.html"
    assert run.tags["mlflow.note.content"] == verdict().sentence


def test_a_retry_writes_the_run_again_and_no_second_one(plan, scores, client):
    first = track(plan, scores, [verdict()], FIRST)
    assert track(plan, scores, [verdict()], FIRST) == first
    assert track(plan, scores, [verdict()], SECOND) != first
    assert len(client.runs) == 2


def test_many_data_sets_go_in_requests_of_a_hundred(plan, scores, client):
    many = [verdict(f"data {k}") for k in range(120)]
    track(plan, scores, many, FIRST)
    (run,) = client.runs.values()
    assert sum(name.startswith("verdict/") for name in run.tags) == 120


@pytest.mark.parametrize("call", ["get_experiment_by_name", "create_run", "log_batch"])
def test_a_server_that_fails_is_a_warning_without_its_password(
    plan, scores, client, monkeypatch, caplog, call
):
    monkeypatch.setattr(client, "fails", call)
    with caplog.at_level(logging.WARNING):
        assert track(plan, scores, [verdict()], FIRST) is None
    (record,) = caplog.records
    assert FIRST in record.getMessage()
    assert "http://mlflow:5000/x" in record.getMessage()
    assert "ConnectionError" in record.getMessage()
    for secret in ("ada", "a-planted-secret", "hidden"):
        assert secret not in record.getMessage()


def test_where_mlflow_is_not_installed_the_warning_says_what_to_install(
    plan, scores, monkeypatch, caplog
):
    monkeypatch.setenv("QML_MLFLOW_URI", "http://mlflow:5000")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert track(plan, scores, [verdict()], FIRST) is None
    assert "qml-flows[mlflow]" in caplog.text


def test_nothing_secret_is_logged(plan, scores, client, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    track(plan, scores, [verdict()], FIRST)
    (run,) = client.runs.values()
    said = f"{run.params} {run.tags} {run.metrics}"
    assert "secret" not in said
    assert "mlflow:5000" not in said


def test_names_and_texts_are_such_as_mlflow_takes(plan, scores):
    odd = verdict('a/b: "c" (n=3)\n' + "ü" * 300, sentence="x" * 9000)
    for name in (*metrics(scores, [odd]), *tags([odd], "")):
        assert len(name) <= LONGEST_NAME
        assert not set(name) - set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. /"
        )
    assert max(map(len, tags([odd], "").values())) == LONGEST_TEXT
    assert all(parameters(plan).values())  # empty ones are refused by some versions


def test_what_a_failed_model_lacks_is_left_out(scores):
    first = verdict()
    broken = first.scores[0].model_copy(update={"metrics": {}, "inner_score": None})
    found = metrics(scores, [first.model_copy(update={"scores": (broken, *first.scores[1:])})])
    assert "toy/qsvc iqp/accuracy" not in found
    assert "toy/qsvc iqp/inner" not in found
    assert all(map(math.isfinite, found.values()))


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://u:p@host:1/x?y=z#f", "http://host:1/x"),
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
        ("databricks", "databricks"),
    ],
)
def test_a_uri_is_shown_without_what_may_be_secret(uri, shown):
    assert public(uri) == shown


@needs_mlflow
@pytest.mark.filterwarnings("ignore")
def test_a_real_tracking_store_holds_what_was_logged(plan, scores, tmp_path, monkeypatch):
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("QML_MLFLOW_URI", uri)
    many = [verdict(), *(verdict(f"data {k}") for k in range(40))]
    for _ in range(2):
        assert track(plan, scores, many, FIRST, "file:///page.html") is not None
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.metrics == metrics(scores, many)
    assert run.data.params == parameters(plan)
    expected = {**tags(many, "file:///page.html"), "qml.run_id": FIRST}
    assert {name: run.data.tags[name] for name in expected} == expected


@needs_mlflow
def test_a_real_client_gives_up_soon_on_a_server_that_is_not_there(
    plan, scores, monkeypatch, caplog
):
    monkeypatch.setenv("QML_MLFLOW_URI", "http://ada:a-planted-secret@127.0.0.1:9")
    assert track(plan, scores, [verdict()], FIRST) is None
    assert "is not in MLflow at http://127.0.0.1:9" in caplog.text
    assert "a-planted-secret" not in caplog.text
