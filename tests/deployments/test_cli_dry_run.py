"""`--dry-run`: a plan from data and specs; nothing is computed, stored or started."""

import json
from pathlib import Path

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


GARNET = ("kernel", "moons", "--set", "dataset.parameters.n_samples=20", "--set")
GARNET_WORDS = (*GARNET, "backend.name=braket.iqm.Garnet", "--dry-run")
GARNET_USD = 4 * 0.30 + (20 * 21 // 2 + 10) * 1000 * 0.00145
"""Three blocks of 10 rows and the canary of 10 circuits, 1,000 shots of each."""


def told(qml, *words):
    """The lines of a dry run by their labels, each on one line."""
    said = qml(*words)
    assert said.code == 0, said.err
    text = said.out.replace("\n          ", " ")
    return dict(line.split(maxsplit=1) for line in text.splitlines())


def measured(qml, *words):
    return json.loads(qml(*words, "--json").out)["measured"]


def test_a_paid_job_is_told_with_jobs_price_source_date_and_no_budget(qml, tmp_path):
    found = measured(qml, *GARNET_WORDS)
    assert (found["circuits"], found["jobs"], found["all_shots"]) == (220, 4, 220_000)
    assert found["usd"] == pytest.approx(GARNET_USD)
    assert (found["budget"]["usd"], found["budget"]["fits"]) == (0, False)
    lines = told(qml, *GARNET_WORDS)
    assert lines["circuits"] == "220 in 4 jobs on braket.iqm.Garnet, 10 of them the canary's"
    assert lines["dollars"] == "at most 320.20 USD"
    assert lines["price"] == "aws.amazon.com/braket/pricing, 2026-11-20"
    assert "not even one shot a circuit would" in lines["budget"]
    assert not (tmp_path / "ledger.db").exists()


@pytest.mark.parametrize(("cap", "fits"), [("320.20", True), ("320.19", False), ("100", False)])
def test_the_budget_says_whether_it_fits_and_how_many_shots_would(qml, cap, fits):
    qml("budget", "set", "default", cap)
    budget = measured(qml, *GARNET_WORDS)["budget"]
    assert (budget["usd"], budget["fits"]) == (float(cap), fits)
    line = told(qml, *GARNET_WORDS)["budget"]
    if fits:
        assert line.endswith("USD left: it fits")
        return
    shots = budget["shots_that_fit"]
    assert f"backend.shots={shots} would" in line
    again = measured(qml, *GARNET_WORDS, "--set", f"backend.shots={shots}")
    more = measured(qml, *GARNET_WORDS, "--set", f"backend.shots={shots + 1}")
    assert (again["budget"]["fits"], more["budget"]["fits"]) == (True, False)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ibm.ibm_torino", "unknown until ibm.ibm_torino can be asked"),
        ("ionq.forte-1", "unknown: no dated price for ionq.forte-1"),
    ],
)
def test_a_cost_that_nobody_knows_is_unknown_and_never_0(qml, monkeypatch, name, words):
    for variable in ("QISKIT_IBM_TOKEN", "IONQ_API_KEY", "QML_PRICES"):
        monkeypatch.delenv(variable, raising=False)
    job = (*GARNET, f"backend.name={name}", "--dry-run")
    lines = told(qml, *job)
    assert lines["dollars"].startswith(words)
    assert "fit" not in lines["budget"]
    document = json.loads(qml(*job, "--json").out)
    assert document["estimate"]["usd"] is None
    assert document["measured"]["usd"] is None
    assert document["measured"]["qpu_seconds"] is None
    assert document["measured"]["budget"]["fits"] is None


def test_a_ledger_that_does_not_answer_hides_nothing_else(qml, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://user:pass-word@127.0.0.1:9/none")
    lines = told(qml, *GARNET_WORDS)
    assert lines["dollars"] == "at most 320.20 USD"
    assert lines["budget"].startswith("unknown: the ledger")
    assert "pass-word" not in lines["budget"]


def test_what_gates_cost_comes_from_the_service_where_it_can_be_asked(qml, ionq, monkeypatch):
    prices = "[[price]]\nbackend = 'ionq.*'\nas_of = 2026-11-20\nsource = 'a contract'\n"
    path = Path("prices.toml").resolve()
    path.write_text(prices + "usd_per_two_qubit_gate_shot = 0.001\n")
    monkeypatch.setenv("QML_PRICES", str(path))
    lines = told(qml, *GARNET, "backend.name=ionq.forte-1", "--dry-run")
    assert lines["dollars"].startswith("at most ")
    assert lines["dollars"] != "at most 0.00 USD"
    assert lines["price"] == "a contract, 2026-11-20"


def test_simulated_shots_are_free_and_need_no_ledger(qml, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://user@127.0.0.1:9/none")
    lines = told(qml, *GARNET, "backend.name=default.mixed", "--dry-run")
    assert lines["dollars"] == "0.00 USD, simulated on this machine"
    assert lines["shots"] == "1,000 a circuit, 210,000 in all, at most"
    assert not {"budget", "price", "warning", "memory"} & set(lines)


def test_entries_too_small_for_the_shots_are_warned_of_from_exact_ones(qml):
    job = ("kernel", "wine", "--qubits", "8", "--set", "backend.name=qiskit.aer", "--dry-run")
    (warning,) = measured(qml, *job, "--set", "kernel.encoding.bandwidth=2")["warnings"]
    assert "of predicted entries: K ≈" in warning
    assert "below 1/√shots = 0.032 at 1,000 shots" in warning
    assert measured(qml, *job, "--set", "kernel.encoding.bandwidth=0.05")["warnings"] == []


def test_candidates_that_concentrate_are_named_by_their_bandwidth(qml):
    job = ("train", "wine", "--qubits", "8", "--set", "backend.name=qiskit.aer", "--dry-run")
    warnings = measured(qml, *job, "--set", "model.bandwidths=[0.05, 2]")["warnings"]
    assert [text.partition(":")[0] for text in warnings] == ["bandwidth 2"]


def test_beyond_12_qubits_random_states_predict(qml):
    words = ("wine", "--qubits", "13", "--set", "backend.name=ibm.fake_manila", "--dry-run")
    (warning,) = measured(qml, "kernel", *words)["warnings"]
    assert warning.startswith("random states predict K ≈ 0.00012 on 13 qubits")


def test_randomised_measurements_say_where_they_pay(qml):
    words = ("backend.name=qiskit.aer", "--set", "backend.estimator=randomised", "--dry-run")
    lines = told(qml, *GARNET, *words)
    assert lines["circuits"].startswith("2,000 in ")
    assert "fewer circuits from 200 rows on" in lines["crossover"]
