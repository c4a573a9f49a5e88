"""From a checkout to a run on a real server: deploy, worker, REST, artifact in the store."""

import json
import time
from pathlib import Path

import pytest

from deployments.deploy import POOL_LIMIT, WORK_POOL

ROOT = Path(__file__).resolve().parents[2]
TINY = {
    "dataset": {
        "name": "moons",
        "parameters": {"n_samples": 16},
        "preprocessing": {"n_components": 2},
    },
    "kernel": {"encoding": {"name": "angle", "n_qubits": 2}},
}
ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def deployed(prefect_service, deployed_twice):
    """The deployments by name, as the server knows them after two times `qml deploy`."""
    found = prefect_service.post("/deployments/filter").raise_for_status().json()
    return {deployment["name"]: deployment for deployment in found}


def create_run(server, deployment, parameters):
    """As a REST client must: a server on SQLite answers 503 while another write holds the lock."""
    path = f"/deployments/{deployment['id']}/create_flow_run"
    for _ in range(30):
        answer = server.post(path, parameters=parameters)
        if answer.status_code != 503:
            break
        time.sleep(1)
    return answer


def test_deploying_says_what_it_did_and_needs_no_terminal(deployed_twice):
    for said, pool in zip(deployed_twice, ("created", "exists"), strict=True):
        assert (said.code, said.err) == (0, ""), said
        assert f"{WORK_POOL} (process, {pool})" in said.out
        assert "train (flows.train.train, scheduled 0 3 * * *)" in said.out


def test_deploying_twice_gives_each_deployment_once(deployed):
    assert sorted(deployed) == [
        "benchmark", "compare-searchers", "diagnose", "hpo", "kernel-matrix", "predict", "qaoa",
        "train", "watch",
    ]  # fmt: skip
    assert {d["entrypoint"] for d in deployed.values()} == {
        "flows.benchmark.benchmark", "flows.compare_searchers.compare_searchers",
        "flows.diagnose.diagnose", "flows.hpo.hpo", "flows.kernel_matrix.kernel_matrix",
        "flows.predict.predict", "flows.qaoa.qaoa", "flows.train.train", "flows.watch.watch",
    }  # fmt: skip
    assert all(d["enforce_parameter_schema"] for d in deployed.values())


def test_the_schedule_and_the_pools_limit_are_on_the_server(deployed, prefect_service):
    (nightly,) = deployed["train"]["schedules"]
    assert nightly["schedule"]["cron"] == "0 3 * * *"
    assert nightly["active"]
    assert deployed["kernel-matrix"]["schedules"] == []
    pool = prefect_service.get(f"/work_pools/{WORK_POOL}")
    assert (pool["type"], pool["concurrency_limit"]) == ("process", POOL_LIMIT)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"kernel": {"encoding": {"reps": 0}}}, "kernel.encoding.reps"),
        ({"kernel": {"encoding": {"name": "qiskit"}}}, "kernel.encoding.name"),
        ({"kernel": {"encodng": {}}}, "encodng"),
        ({"dataset": {"name": ".."}}, "dataset.name"),
        ({"run": {"seed": "zero"}}, "run.seed"),
    ],
)
def test_the_server_refuses_a_bad_parameter_by_its_name(
    deployed, prefect_service, parameters, field
):
    answer = create_run(prefect_service, deployed["kernel-matrix"], parameters)
    assert answer.status_code in (409, 422), answer.text
    assert field in answer.text


def test_a_run_triggered_over_rest_leaves_its_artifact_in_the_store(
    deployed, prefect_service, worker
):
    created = create_run(prefect_service, deployed["kernel-matrix"], TINY).raise_for_status()
    run = finished(prefect_service, created.json()["id"])
    assert run["state_type"] == "COMPLETED", (run["state"], log_of(worker))
    store = worker / "store"
    (record,) = (json.loads(f.read_text()) for f in store.glob("runs/*.json"))
    assert record["asked"]["dataset"]["parameters"] == {"n_samples": 16}
    (manifest,) = store.glob("matrices/*/manifest.json")
    assert json.loads(manifest.read_text())["shape"] == [16, 16]
    page = (store / record["report"]["path"]).read_text()
    assert record["run_id"] in page


def finished(server, run_id, patience_s=60):
    give_up = time.monotonic() + patience_s
    while True:
        run = server.get(f"/flow_runs/{run_id}")
        if run["state_type"] in ENDED or time.monotonic() > give_up:
            return run
        time.sleep(0.3)


def log_of(worker):
    return (worker / "worker.log").read_text()[-3000:]
