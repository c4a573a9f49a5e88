"""Matrices that trials share: the least recently used is given up first."""

import numpy as np

from qml_core.evaluation.objectives.kernel_cache import LimitedCache
from qml_core.specs import EncodingSpec, KernelSpec

A, B, C = (KernelSpec(encoding=EncodingSpec(reps=reps)) for reps in (1, 2, 3))
K = np.eye(4)


def test_the_least_recently_used_matrix_is_given_up():
    cache = LimitedCache(2 * K.nbytes)
    cache[A], cache[B] = K, K
    assert cache[A] is K
    cache[C] = K
    assert set(cache) == {A, C}


def test_the_last_matrix_stays_however_large_it_is():
    cache = LimitedCache(1)
    cache[A], cache[B] = K, K
    assert list(cache) == [B]
    del cache[B]
    assert len(cache) == 0
