import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.circuits.encodings._groups import groups


@pytest.mark.parametrize(
    ("n", "size", "entanglement", "expected"),
    [
        (3, 2, "all", ((0, 1), (0, 2), (1, 2))),
        (4, 2, "linear", ((0, 1), (1, 2), (2, 3))),
        (4, 2, "ring", ((3, 0), (0, 1), (1, 2), (2, 3))),
        (2, 2, "ring", ((0, 1),)),
        (3, 3, "ring", ((0, 1, 2),)),
        (4, 3, "ring", ((2, 3, 0), (3, 0, 1), (0, 1, 2), (1, 2, 3))),
        (3, 1, "ring", ((0,), (1,), (2,))),
        (1, 2, "all", ()),
        (1, 2, "linear", ()),
        (1, 2, "ring", ()),
        (4, 2, "none", ()),
        (4, 3, "none", ()),
        (3, 1, "none", ((0,), (1,), (2,))),
    ],
)
def test_groups_are_those_of_qiskit_in_its_order_and_none_leaves_single_qubits(
    n, size, entanglement, expected
):
    assert groups(n, size, entanglement) == expected


@given(n=st.integers(3, 12), size=st.integers(2, 5))
def test_a_ring_treats_all_qubits_alike(n, size):
    found = groups(n, size, "ring")
    if n > size:
        assert len(found) == n
        assert all(sum(q in group for group in found) == size for q in range(n))
    assert len(set(found)) == len(found)
