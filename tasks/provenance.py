"""Where a number came from: versions, commit, machine, threads."""

import os
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from qml_core.kernels.row_jobs import rows_key
from qml_core.references import Grant, KernelPlan

PACKAGES = (
    "qml-flows",
    "prefect",
    "pennylane",
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "xgboost",
    "pyarrow",
    "s3fs",
)


def provenance() -> dict[str, object]:
    """Versions, git commit (None outside a checkout), processor and thread count."""
    return {
        "versions": {"python": platform.python_version(), **package_versions()},
        "git_commit": git_commit(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "threads": torch.get_num_threads(),
    }


@cache
def package_versions() -> dict[str, str]:
    """Of the packages that make the numbers, those that are installed; looked up once."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def git_commit() -> str | None:
    """Commit of the checkout this code runs from, with `+changes` where it was edited."""
    here = Path(__file__).resolve().parent
    commit = _git(here, "rev-parse", "HEAD")
    if commit is None or _git(here, "ls-files", "--error-unmatch", __file__) is None:
        return None  # installed in a folder that happens to lie in someone else's checkout
    return f"{commit}+changes" if _git(here, "status", "--porcelain", "-uno") else commit


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


_PLACE: dict[str, bool | set[str]] = {"store": True, "preprocessing": {"store"}}


def matrix_document(plan: KernelPlan, grant: Grant) -> Mapping[str, object]:
    """What every run of this plan shares."""
    randomised = plan.backend.estimator == "randomised"
    return {
        **({"rows_key": rows_key(plan, plan.rows)} if randomised else {}),
        "data": plan.data.model_dump(
            mode="json", exclude={"store": True, "preprocessing": {"store"}}
        ),
        "kernel": plan.kernel.model_dump(mode="json"),
        "rows": plan.rows,
        "columns": plan.columns,
        "landmarks": plan.landmarks,
        "backend_asked": grant.backend_asked.model_dump(mode="json"),
        "backend_used": grant.backend_used.model_dump(mode="json"),
        "reason": grant.reason,
    }
