"""Contents of report pages: binary and three classes, regression, a bare kernel, large N."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

import numpy as np
import pytest
from report_content import clustered_kernel, measurement
from report_training import variational_content

from qml_core.evaluation.report.circuit import CircuitPicture, Paper
from qml_core.evaluation.report.concentration import BandwidthCandidate, Concentration
from qml_core.evaluation.report.content import (
    Confusion,
    Costs,
    DataPicture,
    Evaluation,
    ReportContent,
    Residuals,
    SplitResult,
)
from qml_core.references import Interval
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, RunSpec

Builder = Callable[..., ReportContent]

DRAWING = "\n".join(
    f"{wire}: ──H──RZ─{'─╭IsingZZ─' * (9 - wire)}{'─╰IsingZZ──────────' * wire}─┤  State"
    for wire in range(10)
)


def _around(value: float, half: float) -> Interval:
    return Interval(value=value, low=value - half, high=value + half)


def _evaluation(
    levels: dict[str, float], primary: str, half: float, names: tuple[str, str]
) -> Evaluation:
    rng = np.random.default_rng(5)

    def metrics(shift: float, width: float) -> dict[str, Interval]:
        noise = shift + 0.5 * half * rng.normal()
        return {name: _around(level + noise, width) for name, level in levels.items()}

    splits = tuple(
        SplitResult(
            seed=seed,
            n_train=455,
            n_test=114,
            bandwidth=(0.2, 0.4)[seed % 2],
            C=10.0,
            quantum=metrics(0.0, 2 * half),
            baseline=metrics(0.3 * half, 2 * half),
            baseline_parameters={"C": 1.0, "gamma": 0.0316},
            inner_score=levels[primary] + 0.004,
            baseline_inner_score=levels[primary] + 0.006,
        )
        for seed in range(5)
    )
    return Evaluation(
        primary=primary,
        splits=splits,
        quantum={name: _around(level, half) for name, level in levels.items()},
        baseline={name: _around(level + 0.3 * half, half) for name, level in levels.items()},
        difference={name: _around(-0.3 * half, 0.7 * half) for name in levels},
        quantum_name=names[0],
        baseline_name=names[1],
        configurations=16,
        method="Intervals: corrected resampled t (Nadeau & Bengio 2003).",
    )


@pytest.fixture(scope="session")
def binary() -> Builder:
    """Breast cancer as `make demo` reports it; keyword arguments replace fields."""
    specs = (DatasetSpec(name="breast_cancer"), ModelSpec(), BackendSpec(), RunSpec())
    names = ("dataset", "model", "backend", "run")
    asked = {name: spec.model_dump(mode="json") for name, spec in zip(names, specs, strict=True)}
    levels = {
        "accuracy": 0.9561,
        "balanced_accuracy": 0.9488,
        "f1_macro": 0.9522,
        "roc_auc": 0.9893,
    }
    content = ReportContent(
        title="QSVC on breast_cancer",
        run_id="20261120-140312-4f9a1c",
        created=datetime(2026, 11, 20, 14, 3, tzinfo=timezone.utc),
        verdict="On breast_cancer the quantum kernel and the RBF-SVM cannot be told apart: "
        "accuracy 0.956 against 0.959.",
        command="qml train --set dataset.name=breast_cancer --set model.kernel.encoding.name=iqp "
        "--set dataset.preprocessing.n_components=10 --set run.seed=0",
        asked=asked,
        provenance={
            "versions": {"qml-flows": "0.1.0", "pennylane": "0.45.1", "torch": "2.13.0"},
            "git commit": "8f6e2d0c1b7a4f0e9d3c5b2a1f0e8d7c6b5a4938",
            "store": "file:///home/ada/.local/share/qml/store",
            "matrices": {
                "6ab1c0ffee12": "569 × 569, 4 blocks",
                "77d3a1b2c3d4": "114 × 455, 1 block",
            },
            "models": ["models/3f/" + "3f" * 32 + ".json"],
            "threads": 2,
        },
        data=DataPicture(
            name="breast_cancer",
            task="classification",
            target="diagnosis",
            rows=569,
            raw_features=30,
            features=10,
            n_train=455,
            n_test=114,
            classes={"malignant": 212, "benign": 357},
            preprocessing=("missing values refused", "the 10 leading principal components"),
            notes=("The 10 components keep 95.2 % of the variance.",),
        ),
        circuit=CircuitPicture(
            encoding="iqp",
            n_qubits=10,
            depth=93,
            gates={"Hadamard": 20, "RZ": 20, "MultiRZ": 90},
            drawing=DRAWING,
            bandwidth=0.2,
            paper=Paper("Havlíček et al., Nature 567, 209 (2019), arXiv:1804.11326"),
            angle_range="[-1.571, 1.571] rad",
        ),
        kernel=clustered_kernel(300, ("malignant", "benign"), seed=1),
        concentration=Concentration(
            candidates=(
                BandwidthCandidate(0.1, 0.81, 0.11, 0.941),
                BandwidthCandidate(0.2, 0.42, 0.17, 0.958, chosen=True),
                BandwidthCandidate(0.4, 0.061, 0.08, 0.949),
                BandwidthCandidate(0.8, 0.0024, 0.005, 0.79),
            ),
            dimension=1024,
        ),
        evaluation=_evaluation(levels, "accuracy", 0.0125, ("QSVC", "RBF-SVM")),
        confusion=Confusion(
            classes=("malignant", "benign"),
            quantum=np.array([[198, 14], [11, 347]]),
            baseline=np.array([[200, 12], [10, 348]]),
        ),
        costs=Costs(
            timings=(("kernel blocks", 3.2), ("choice of C", 8.4), ("the rest", 12.4)),
            blocks_computed=40,
            blocks_reused=5,
        ),
    )
    return lambda **fields: replace(content, **fields)


@pytest.fixture(scope="session")
def three_classes(binary: Builder) -> Builder:
    names = ("setosa", "versicolor", "virginica")
    counts = np.array([[50, 0, 0], [0, 46, 4], [0, 3, 47]])
    content = binary(
        title="QSVC on iris",
        data=replace(binary().data, name="iris", classes=dict.fromkeys(names, 50), rows=150),
        kernel=clustered_kernel(120, names, seed=2, n_qubits=4),
        confusion=Confusion(names, counts, counts),
    )
    return lambda **fields: replace(content, **fields)


@pytest.fixture(scope="session")
def regression(binary: Builder) -> Builder:
    rng = np.random.default_rng(3)
    truth = rng.uniform(25, 346, 442)
    levels = {"r2": 0.431, "rmse": 55.3, "mae": 44.8}
    content = binary(
        title="QSVR on diabetes",
        verdict="On diabetes the RBF-SVM predicts better than the quantum kernel: R² 0.49 "
        "against 0.43.",
        data=replace(binary().data, name="diabetes", task="regression", target="y", classes={}),
        kernel=clustered_kernel(200, (), seed=4, n_qubits=8),
        evaluation=_evaluation(levels, "r2", 0.05, ("QSVR", "RBF-SVR")),
        confusion=None,
        residuals=Residuals(
            truth, truth + 55 * rng.normal(size=442), truth + 50 * rng.normal(size=442)
        ),
    )
    return lambda **fields: replace(content, **fields)


@pytest.fixture(scope="session")
def bare_kernel(binary: Builder) -> Builder:
    """What the kernel matrix job reports: no model, no splits."""
    content = binary(
        title="Kernel matrix of breast_cancer",
        verdict="The iqp kernel of 569 rows of breast_cancer on 10 qubits has a mean off-diagonal "
        "of 0.147 (1/d = 0.000977), target alignment 0.412.",
        evaluation=None,
        confusion=None,
        concentration=None,
    )
    return lambda **fields: replace(content, **fields)


@pytest.fixture(scope="session")
def large(bare_kernel: Builder) -> Builder:
    """N = 6,000: sampled heat map, leading eigenvalues only."""
    kernel = clustered_kernel(400, ("malignant", "benign"), seed=6, n_qubits=12)
    content = bare_kernel(
        title="Kernel matrix of moons",
        verdict="The zz kernel of 6,000 rows of moons on 12 qubits is computed.",
        data=replace(bare_kernel().data, name="moons", rows=6000, n_train=4800, n_test=1200),
        kernel=replace(
            kernel,
            rows=6000,
            sampled=True,
            eigenvalues=15 * kernel.eigenvalues[:100],
            eigenvalues_complete=False,
            min_eigenvalue=None,
            notes=("N = 6,000 is above 4,000: 400 sampled rows, no Higham repair",),
        ),
    )
    return lambda **fields: replace(content, **fields)


@pytest.fixture(scope="session")
def measured(bare_kernel: Builder) -> Builder:
    """A kernel matrix from a QPU, after corrections, with all that is told of it."""
    content = bare_kernel(measurement=measurement(), costs=replace(bare_kernel().costs, usd=47.85))
    return lambda **fields: replace(content, **fields)


@pytest.fixture(scope="session")
def variational(binary: Builder) -> Builder:
    """A VQC on five splits of two features, with all that a training can show."""
    content = variational_content(binary())
    return lambda **fields: replace(content, **fields)


@pytest.fixture
def benchmark_page(binary):
    """Content of a run with nothing but a benchmark."""
    gone = dict.fromkeys(
        ("data", "circuit", "kernel", "concentration", "evaluation", "confusion", "costs")
    )

    def build(section, **fields):
        sentence = section.data[0].sentence or "Nothing is decided."
        return binary(**(gone | {"verdict": sentence, "benchmark": section} | fields))

    return build
