"""What is deployed is a snapshot: a change of names, schedules or parameters is meant."""

import importlib
from pathlib import Path

import pytest
import yaml
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import validate

from deployments.deploy import WORK_POOL
from deployments.ours import check_ours
from qml_core.specs import check_search

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text())
REAL = {"kind": "real", "scale": "log"}
DEPLOYMENTS = {deployment["name"]: deployment for deployment in DOCUMENT["deployments"]}


def test_the_deployments_are_these():
    found = {
        name: (d["entrypoint"], [s["cron"] for s in d.get("schedules", [])], d["parameters"])
        for name, d in DEPLOYMENTS.items()
    }
    assert found == {
        "kernel-matrix": (
            "flows.kernel_matrix.kernel_matrix",
            [],
            {"dataset": {"name": "breast_cancer"}},
        ),
        "train": ("flows.train.train", ["0 3 * * *"], {"dataset": {"name": "breast_cancer"}}),
        "predict": ("flows.predict.predict", [], {"backend": {"name": "qml.batched"}}),
        "diagnose": ("flows.diagnose.diagnose", [], {}),
        "qaoa": ("flows.qaoa.qaoa", [], {"backend": {"name": "qml.batched"}}),
        "hpo": (
            "flows.hpo.hpo",
            [],
            {
                "dataset": {"name": "breast_cancer"},
                "search": {
                    "space": [
                        REAL | {"name": "C", "low": 0.1, "high": 1000, "points": 5},
                        REAL | {"name": "bandwidth", "low": 0.05, "high": 1.6, "points": 6},
                    ]
                },
            },
        ),
        "compare-searchers": ("flows.compare_searchers.compare_searchers", [], {}),
        "benchmark": (
            "flows.benchmark.benchmark",
            [],
            {"benchmark": {"datasets": [{"name": "breast_cancer"}]}},
        ),
        "watch": ("flows.watch.watch", ["*/15 * * * *"], {}),
    }


MODEL = {"store": "file:///s", "path": "models/0b/0b.json", "sha256": "0" * 64, "name": "vqc"}
OF_A_RUN = {
    "predict": {"model": {**MODEL, "split_seed": 0}, "data": "rows.csv"},
    "qaoa": {"problem": {"path": "graph.csv"}},
}
"""What has no default, because only the run knows it."""


@pytest.mark.parametrize("deployment", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_the_entrypoint_is_dotted_and_its_parameters_are_valid(deployment):
    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(importlib.import_module(module), name)
    own = OF_A_RUN.get(deployment["name"], {})
    valid = flow.validate_parameters({**deployment["parameters"], **own})
    if valid.get("dataset") is not None:
        assert valid["dataset"].name == "breast_cancer"
    for schedule in deployment.get("schedules", []):
        parameters = {**deployment["parameters"], **schedule.get("parameters", {})}
        flow.validate_parameters(parameters)
        assert schedule["active"]
        assert schedule["timezone"] == "UTC"


@pytest.mark.parametrize("deployment", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_every_deployment_runs_in_the_pool_that_deploy_makes_one_at_a_time(deployment):
    assert deployment["work_pool"]["name"] == WORK_POOL
    assert deployment["enforce_parameter_schema"] is True
    assert deployment["concurrency_limit"]["limit"] == 1


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_server_takes_the_parameters_as_they_are_written(name):
    """By the schema: it knows nothing of what a spec would turn into another form."""
    schema = parameter_schema(flow_of(name)).model_dump_for_openapi()
    written = DEPLOYMENTS[name]["parameters"]
    assert validate(written, schema, raise_on_error=False, ignore_required=True) == []


def test_the_example_of_a_search_is_one_that_the_flow_takes():
    asked = flow_of("hpo").validate_parameters(DEPLOYMENTS["hpo"]["parameters"])
    assert asked["search"].size == 30
    check_search(asked["search"], asked["dataset"], asked.get("backend"))


def flow_of(name):
    module, _, function = DEPLOYMENTS[name]["entrypoint"].rpartition(".")
    return getattr(importlib.import_module(module), function)


def test_the_pull_step_is_the_check_for_shadows():
    (step,) = DOCUMENT["pull"]
    (name,) = step
    module, _, function = name.rpartition(".")
    assert getattr(importlib.import_module(module), function) is check_ours
