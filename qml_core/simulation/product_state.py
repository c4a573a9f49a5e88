"""The product state that the first layer of one-qubit gates makes."""

from collections.abc import Sequence

import torch

from qml_core.simulation.bank import Bank, Place, chain, varies
from qml_core.simulation.fusion import OneQubitLayer


class ProductState:
    """What the first layer makes of |0…0⟩: the product of the first columns of its matrices.

    Behind the last gate of a wire that differs by row, the others are multiplied once for all rows.
    """

    def __init__(
        self,
        layer: OneQubitLayer,
        n_qubits: int,
        places: Sequence[Place],
        device: torch.device,
        *,
        real: bool,
    ) -> None:
        batched = [by_row for by_row, _ in places]
        wires = [tuple(layer.gates.get(wire, ())) for wire in range(n_qubits)]
        cuts = [
            max((k + 1 for k, g in enumerate(w) if varies(g, batched)), default=0) for w in wires
        ]
        heads = [wire[:cut] for wire, cut in zip(wires, cuts, strict=True)]
        tails = [wire[cut:] for wire, cut in zip(wires, cuts, strict=True)]
        self._heads, self._tails = (Bank(part, places, device, real) for part in (heads, tails))
        self._head = self._heads.index([heads])[0].to(device) if any(cuts) else None
        self._tail = self._tails.index([tails])[0].to(device)

    def __call__(self, shared: torch.Tensor, varying: torch.Tensor) -> torch.Tensor:
        """(1, 2^n_qubits), or (n, 2^n_qubits) where a gate differs by row."""
        tail = chain(self._tails.with_shared(shared)[self._tail])  # (wires, 2, 2)
        if self._head is None:
            return _outer(tail[None, :, :, 0])
        bank = self._heads.with_varying(self._heads.with_shared(shared), varying)
        gates = bank[:, self._head]  # (n, wires, longest, 2, 2)
        column = gates[:, :, 0, :, :1]
        for later in gates.unbind(2)[1:]:
            column = later @ column
        return _outer((tail @ column)[..., 0])


def _outer(vectors: torch.Tensor) -> torch.Tensor:
    """Product states (n, 2^k) of vectors (n, k, 2), neighbours first.

    As matrix products of columns and rows: broadcast complex factors, and the sums of their
    gradients, take several times as long.
    """
    n, k, size = vectors.shape
    if k == 1:
        return vectors[:, 0]
    if k % 2:
        front = _outer(vectors[:, :-1])
        return torch.bmm(front[:, :, None], vectors[:, -1, None, :]).flatten(1)
    left, right = vectors.reshape(-1, 2, size).unbind(1)
    return _outer(torch.bmm(left[:, :, None], right[:, None, :]).reshape(n, k // 2, -1))
