import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import DataError
from qml_core.kernels.alignment import polarity, target_alignment

Y = np.array([-1, -1, 1, 1])


def _docstring_kernel():
    """PennyLane's docstring kernel (AngleEmbedding) in closed form."""
    X = np.random.default_rng(1234).random((4, 2))
    return np.prod(np.cos((X[:, None, :] - X[None, :, :]) / 2) ** 2, axis=-1)


def _random_kernel(rng, n):
    F = rng.normal(size=(n, 3))
    return F @ F.T


def test_the_docstring_kernel_of_pennylane_has_its_published_polarity_and_alignment():
    K = _docstring_kernel()
    assert K[0, 2] == pytest.approx(0.88043387, abs=5e-9)
    assert polarity(K, Y) == pytest.approx(0.219671, abs=5e-7)
    assert target_alignment(K, Y) == pytest.approx(0.058249, abs=5e-7)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), plus=st.integers(1, 7), minus=st.integers(1, 7), r=st.booleans()
)
def test_two_classes_agree_with_pennylane_for_any_class_sizes(seed, plus, minus, r):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.r_[np.ones(plus), -np.ones(minus)])
    K = _random_kernel(rng, plus + minus)
    index = np.arange(len(y))
    for ours, theirs in (
        (polarity, qml.kernels.polarity),
        (target_alignment, qml.kernels.target_alignment),
    ):
        reference = theirs(index, y, lambda i, j: K[i, j], rescale_class_labels=r)
        assert ours(K, y, rescale=r) == pytest.approx(reference, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("labels", [(0, 1), (1, 2), ("ham", "spam"), (-1.0, 1.0), (True, False)])
def test_any_two_label_values_in_either_order_give_the_same_alignment(labels):
    y = np.where(Y > 0, labels[1], labels[0])
    assert target_alignment(_docstring_kernel(), y) == pytest.approx(0.058249, abs=5e-7)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_the_ideal_kernel_of_the_labels_has_alignment_one_however_classes_are_filled(n_classes):
    y = np.repeat(np.arange(n_classes), np.arange(1, n_classes + 1))
    T = np.where(y[:, None] == y[None, :], 1.0, -1 / (n_classes - 1))
    assert target_alignment(T, y, rescale=False) == pytest.approx(1)
    assert target_alignment(T, y, rescale=False, centered=True) == pytest.approx(1)
    sizes = np.bincount(y)[y]
    assert target_alignment(T / np.outer(sizes, sizes), y) == pytest.approx(1)


def test_the_identity_aligns_with_two_classes_by_one_over_root_n():
    for n in (2, 5, 30):
        y = np.arange(n) % 2
        assert target_alignment(np.eye(n), y) == pytest.approx(1 / np.sqrt(n))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_classes=st.integers(2, 4), rescale=st.booleans())
def test_alignment_is_the_cosine_of_the_matrices_written_out_in_full(seed, n_classes, rescale):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.r_[np.arange(n_classes), rng.integers(0, n_classes, size=6)])
    n = len(y)
    K = _random_kernel(rng, n)
    T = np.where(y[:, None] == y[None, :], 1.0, -1 / (n_classes - 1))
    if rescale:
        sizes = np.bincount(y)[y]
        T = T / np.outer(sizes, sizes)
    H = np.eye(n) - 1 / n
    for centered, A, B in ((False, K, T), (True, H @ K @ H, H @ T @ H)):
        inner = np.sum(A * B)
        cosine = inner / np.linalg.norm(A) / np.linalg.norm(B)
        asked = {"centered": centered, "rescale": rescale}
        assert target_alignment(K, y, **asked) == pytest.approx(cosine, abs=1e-12)
        assert polarity(K, y, **asked) == pytest.approx(inner, abs=1e-11)


def test_centring_takes_away_a_constant_and_only_then():
    K = _docstring_kernel()
    moved = K + 5.0
    assert target_alignment(moved, Y, centered=True) == pytest.approx(
        target_alignment(K, Y, centered=True)
    )
    assert target_alignment(moved, Y) < target_alignment(K, Y)


def test_a_kernel_with_nothing_to_align_gives_zero():
    assert target_alignment(np.full((4, 4), 0.3), Y, centered=True) == 0.0
    assert target_alignment(np.zeros((4, 4)), Y) == 0.0


def test_one_class_or_labels_of_another_length_are_refused():
    with pytest.raises(DataError, match="two classes, found only 1"):
        target_alignment(np.eye(3), [1, 1, 1])
    with pytest.raises(DataError, match=r"\(4,\).*3 samples"):
        polarity(np.eye(3), Y)
