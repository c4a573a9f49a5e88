"""`--dry-run`: a plan from data and specs; nothing is computed, stored or started."""

import json

import pytest


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # one matrix of 30 rows; a circuit per row
        ("kernel moons --set dataset.parameters.n_samples=30", (2, 1, 30)),
        # 5 splits x 4 bandwidths of 24 rows, and 5 cross matrices of 6 x 24 rows
        ("train moons --set dataset.parameters.n_samples=30", (2, 25, 5 * (4 * 24 + 30))),
        ("kernel moons --encoding hamiltonian", (3, 1, 300)),
        ("kernel iris --qubits 3", (3, 1, 150)),
    ],
)
def test_the_plan_counts_qubits_matrices_and_circuits(qml, tmp_path, words, expected):
    said = qml(*words.split(), "--dry-run", "--json")
    assert (said.code, said.err) == (0, "")
    plan = json.loads(said.out)
    assert (plan["n_qubits"], plan["matrices"], plan["estimate"]["circuits"]) == expected
    assert plan["estimate"]["usd"] == 0.0
    assert not (tmp_path / "store").exists()


def test_the_same_for_people(qml):
    said = qml("train", "moons", "--dry-run")
    words = [line.split()[0] for line in said.out.splitlines()]
    assert words == [
        "job", "qubits", "matrices", "circuits", "memory", "store", "seconds", "dollars",
    ]  # fmt: skip
    assert "train moons: 300 rows, 2 features, 2 after preprocessing" in said.out
    assert "0.00 USD" in said.out


def test_a_dry_run_needs_no_store(qml, monkeypatch):
    monkeypatch.setenv("QML_STORAGE_URL", "s3://bucket/prefix")
    monkeypatch.setenv("QML_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    assert qml("kernel", "moons", "--dry-run").code == 0


def test_pca_gives_no_more_features_than_training_rows(qml, make_csv, tmp_path):
    """10 rows of 12 columns, 8 to train on: 8 components, as the flow will find."""
    wide = [[(k * j) % 7 + 0.1 * k for j in range(1, 13)] + [k % 2] for k in range(10)]
    path = make_csv(tmp_path / "wide.csv", [f"f{j}" for j in range(12)] + ["y"], wide)
    plan = json.loads(qml("kernel", path, "--target", "y", "--dry-run", "--json").out)
    assert plan["n_qubits"] == 8


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("train moons --set dataset.parameters.n_samples=2000", "model.kernel.landmarks=300"),
        ("kernel moons --set dataset.parameters.n_samples=2000", None),
        ("train moons --set model.kernel.landmarks=50", None),
        ("train moons", None),
    ],
)
def test_a_job_too_large_for_memory_is_offered_landmarks_in_one_line(
    qml, monkeypatch, words, offered
):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**26))
    (line,) = [x for x in qml(*words.split(), "--dry-run").out.splitlines() if "offer" in x] or [""]
    assert ("training needs" in line) == (offered is not None)
    plan = json.loads(qml(*words.split(), "--dry-run", "--json").out)
    assert (offered or "") in plan.get("offer", "")
    assert ("offer" in plan) == (offered is not None)


def test_landmarks_make_the_plan_linear_in_the_rows(qml):
    words = "train moons --set model.kernel.landmarks=50 --set dataset.split.repeats=1 --dry-run"
    plan = json.loads(qml(*words.split(), "--json").out)
    assert plan["matrices"] == 5
    assert plan["estimate"]["stored_bytes"] == 8 * 50 * (4 * 240 + 60)


def test_kernel_training_is_told_with_its_steps(qml):
    words = ("train", "moons", "--set", "model.kernel_training=50", "--dry-run")
    assert "training  20 kernels of 50 steps on 128 rows, about" in qml(*words).out
    said = json.loads(qml(*words, "--json").out)["training"]
    assert (said["kernels"], said["steps"], said["rows"]) == (20, 50, 128)
    assert "training" not in json.loads(qml("train", "moons", "--dry-run", "--json").out)
