"""A folder of the user's named as ours is told, not imported."""

import subprocess
import sys

import pytest

from deployments.ours import check_ours
from qml_core.errors import QMLError


def test_our_own_packages_pass():
    check_ours()


def test_a_package_named_flows_in_the_way_is_named(tmp_path, monkeypatch):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "flows", raising=False)
    with pytest.raises(QMLError, match=f"package 'flows' is imported from {tmp_path}/flows") as bad:
        check_ours()
    assert "rename that folder" in bad.value.remedy


def test_the_pull_step_fails_in_a_working_folder_with_a_shadow(tmp_path):
    """As the worker's process meets it: its folder comes first."""
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "__init__.py").touch()
    step = "from deployments.ours import check_ours; check_ours()"
    done = subprocess.run(
        [sys.executable, "-c", step], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert f"package 'tasks' is imported from {tmp_path}/tasks" in done.stderr
