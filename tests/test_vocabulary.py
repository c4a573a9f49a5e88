"""What must be light to import: the vocabulary, and the door that validates with it."""

import json
import subprocess
import sys

import pytest

VOCABULARY = ["qml_core.specs", "qml_core.references", "qml_core.errors"]
VOCABULARY += ["qml_core.keys", "qml_core.settings", "qml_core.ansatz_names"]
HEAVY = {"torch", "pennylane", "prefect", "sklearn", "pandas", "numpy"}


def loaded_by(statements: str) -> set[str]:
    """Top-level modules a fresh interpreter holds after the statements."""
    code = f"import json, sys\n{statements}\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(run.stdout.splitlines()[-1])}


@pytest.mark.parametrize("module", VOCABULARY)
def test_a_module_of_the_vocabulary_imports_nothing_heavy(module: str) -> None:
    assert loaded_by(f"import {module}") & HEAVY == set()


def test_a_specification_is_validated_without_anything_heavy() -> None:
    statements = (
        "from qml_core.specs import DatasetSpec, KernelSpec, ModelSpec, check_together\n"
        "check_together(DatasetSpec(name='iris'), KernelSpec())\n"
        "ModelSpec.model_json_schema()"
    )
    assert loaded_by(statements) & HEAVY == set()


def test_the_command_line_opens_without_anything_heavy() -> None:
    heavy = {"torch", "pennylane", "prefect", "sklearn", "pandas"}
    assert loaded_by("import deployments.cli") & heavy == set()


def test_the_probe_would_notice_a_heavy_import() -> None:
    assert "numpy" in loaded_by("import numpy")
