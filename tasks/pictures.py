"""What the report shows of data, circuit and kernel, read from the store."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.encodings import open_encoding
from qml_core.circuits.resources import draw, resources
from qml_core.evaluation.report.circuit import CircuitPicture, Paper
from qml_core.evaluation.report.concentration import (
    BandwidthCandidate,
    Concentration,
    training_notes,
)
from qml_core.evaluation.report.content import (
    DataPicture,
    KernelPicture,
)
from qml_core.kernels.alignment import target_alignment
from qml_core.kernels.blocks import sample_rows
from qml_core.kernels.parts import count_qubits
from qml_core.kernels.psd import LARGEST_REPAIRED, is_psd, repair
from qml_core.kernels.spectrum import eigenvalues
from qml_core.references import Choice, DatasetRef, MatrixRef, Role
from qml_core.specs import DatasetSpec, EncodingSpec, KernelSpec
from qml_core.storage.matrices import load_matrix
from tasks.datasets import read_columns
from tasks.landmarks import describe, load_nystrom
from tasks.rounding import measured_rounding

Array = NDArray[np.float64]

HEAT_ROWS = 300
WHOLE_MATRIX_ROWS = LARGEST_REPAIRED
"""Above, rows are sampled, the spectrum is estimated, and nothing is repaired."""

SAMPLED_ROWS = 1024
LEADING = 100
"""Eigenvalues of the sample, times N over its rows, estimate these of the whole (Koltchinskii &
Giné, Bernoulli 6 (2000) 113): reading every block of a large matrix may cost as much as it did."""


def data_picture(
    dataset: DatasetSpec, data: DatasetRef, encoding: EncodingSpec | None
) -> DataPicture:
    """The data as asked, found and preprocessed.

    Args:
        encoding: that meets the features; none: a classical encoder does.
    """
    X, y = read_columns(data, "all", "x", "y")
    counts = {c: int(np.sum(y == label)) for label, c in enumerate(data.classes)}
    return DataPicture(
        name=data.name,
        task=data.task,
        target=data.target,
        rows=data.rows,
        raw_features=len(data.raw_columns),
        features=data.features,
        n_train=data.n_train,
        n_test=data.n_test,
        classes=counts,
        preprocessing=_steps(dataset, data),
        notes=() if encoding is None else open_encoding(encoding, data.features).check(X),
    )


def _steps(dataset: DatasetSpec, data: DatasetRef) -> tuple[str, ...]:
    asked = dataset.preprocessing
    reduced = {
        "pca": f"standardised, then the {data.features} leading principal components",
        "select": f"the {data.features} features with the largest F statistic",
        "none": "all features kept",
    }
    scaled = {
        "standard": "scaled to zero mean and unit variance",
        "minmax": f"scaled onto {radians(*asked.range)}",
        "none": "not scaled",
    }
    missing = "refused" if asked.missing == "refuse" else f"replaced by the {asked.missing}"
    return (f"missing values {missing}", reduced[asked.reduce], scaled[asked.scale])


def circuit_picture(kernel: KernelSpec, data: DatasetRef) -> CircuitPicture:
    """The encoding circuit of one row, and what it costs."""
    opened = open_encoding(kernel.encoding, data.features)
    cost = resources(opened)
    encoding = opened.encoding
    low_high = encoding.angle_range
    return CircuitPicture(
        encoding=encoding.name,
        n_qubits=cost.n_qubits,
        depth=cost.depth,
        gates=cost.gates,
        drawing=draw(opened, width=100_000),
        bandwidth=kernel.encoding.bandwidth,
        paper=Paper(encoding.paper),
        angle_range="" if low_high is None else radians(*low_high),
    )


def radians(low: float, high: float) -> str:
    """A range of angles in words."""
    return f"{low:.4g} to {high:.4g} rad".replace("-", "−")


def kernel_picture(
    matrix: MatrixRef, kernel: KernelSpec, data: DatasetRef, rows: Role, psd: str
) -> KernelPicture:
    """Heat map by class, spectrum, alignment and off-diagonals of a symmetric matrix.

    With landmarks: of the matrix that they approximate.
    """
    (y,) = read_columns(data, rows, "y")
    n = matrix.shape[0]
    shown = _sample(y, HEAT_ROWS)
    repaired, approximation = None, None
    notes: tuple[str, ...]
    if kernel.landmarks is not None:
        nystrom = load_nystrom(matrix)
        looked_at = heat = nystrom.features[shown] @ nystrom.features[shown].T
        labels, notes = y[shown], (_low_rank(len(shown)),)
        spectrum = eigenvalues(nystrom.features.T @ nystrom.features)
        approximation = describe(data, nystrom, kernel, rows)
        sample, sampled = nystrom.C[nystrom.landmarks], nystrom.landmarks
    elif n <= WHOLE_MATRIX_ROWS:
        looked_at, labels = load_matrix(matrix), y
        heat = looked_at[np.ix_(shown, shown)]
        spectrum = eigenvalues(looked_at)
        if psd != "none" and not is_psd(spectrum[::-1]):
            repaired = repair(looked_at, psd)
        notes = (repaired.note,) if repaired is not None else ()
    else:
        chosen = sample_rows(n, SAMPLED_ROWS)
        looked_at, labels, notes = load_matrix(matrix, chosen, chosen), y[chosen], (_large(n),)
        within = _sample(labels, HEAT_ROWS)
        shown, heat = chosen[within], looked_at[np.ix_(within, within)]
        spectrum = eigenvalues(looked_at)[:LEADING] * (n / len(chosen))
    if approximation is None:
        sample, sampled = heat, shown
    epsilon, rounding = measured_rounding(matrix, sample, sampled, kernel, data, rows)
    whole = approximation is None and n <= WHOLE_MATRIX_ROWS
    classification = data.task == "classification"
    return KernelPicture(
        heat=heat,
        labels=y[shown].astype(np.int64) if classification else None,
        classes=data.classes,
        rows=n,
        sampled=n > HEAT_ROWS,
        eigenvalues=spectrum,
        eigenvalues_complete=whole,
        off_diagonal=_off_diagonal(looked_at),
        dimension=_dimension(kernel, data),
        alignment=target_alignment(looked_at, labels) if classification else None,
        centred_alignment=(
            target_alignment(looked_at, labels, centered=True) if classification else None
        ),
        min_eigenvalue=float(spectrum[-1]) if whole else None,
        repair="none" if repaired is None else repaired.method,
        frobenius_shift=0.0 if repaired is None else repaired.frobenius_shift,
        approximation=approximation,
        epsilon=epsilon,
        rounding=rounding,
        order="class" if classification else "target",
        notes=notes,
    )


def concentration_picture(
    grams: Sequence[MatrixRef], choice: Choice, data: DatasetRef
) -> Concentration:
    """Off-diagonals of each candidate kernel on the training rows of one split."""
    candidates = []
    for found, gram, score in zip(choice.candidates, grams, choice.candidate_scores, strict=True):
        kernel = found.kernel
        (y,) = read_columns(data, "train", "y")
        large = len(y) > WHOLE_MATRIX_ROWS
        rows = sample_rows(len(y), HEAT_ROWS) if large else _sample(y, HEAT_ROWS)
        if kernel.landmarks is None:
            values = _off_diagonal(load_matrix(gram, rows, rows))
        else:
            features = load_nystrom(gram).features[rows]
            values = _off_diagonal(features @ features.T)
        candidates.append(
            BandwidthCandidate(
                bandwidth=kernel.encoding.bandwidth,
                mean=float(values.mean()),
                std=float(values.std()),
                score=score,
                chosen=kernel == choice.kernel,
                weights=kernel.encoding.weights,
                training=found.training,
            )
        )
    score_name = "accuracy" if data.task == "classification" else "r2"
    notes = training_notes(candidates[choice.position])
    return Concentration(tuple(candidates), _dimension(choice.kernel, data), score_name, notes)


def _dimension(kernel: KernelSpec, data: DatasetRef) -> int | None:
    """Of the Hilbert space, where entries are overlaps of its states."""
    if kernel.kind != "fidelity":
        return None
    return 1 << count_qubits(kernel, data.features)


def _sample(y: Array, limit: int) -> NDArray[np.int64]:
    """At most `limit` rows, evenly spaced among the rows sorted by class or target."""
    order = np.argsort(y, kind="stable")
    return order[np.linspace(0, len(y) - 1, min(limit, len(y))).astype(np.int64)]


def _off_diagonal(K: Array) -> Array:
    values = K[np.triu_indices(len(K), 1)]
    return values[:: max(1, len(values) // 200_000)]


def _low_rank(shown: int) -> str:
    return (
        f"Heat map, alignment and off-diagonals are those of {shown} rows of the approximation, "
        "the eigenvalues all that it has beside 0"
    )


def _large(n: int) -> str:
    return (
        f"N = {n:,} is above {WHOLE_MATRIX_ROWS:,}: alignment, off-diagonals and the "
        f"{LEADING} leading eigenvalues are estimated from {SAMPLED_ROWS:,} rows, no PSD repair"
    )
