"""Diagonal of an Ising polynomial: C(z) = Σ_S c_S Π_{j∈S} (−1)^{z_j} for every basis state z."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

from qml_core.errors import CircuitRefused, SpecError
from qml_core.simulation.transverse_field import apply_product, group_sizes, turns

Terms = Mapping[tuple[int, ...], float]
"""Wires of a product of Z, and its coefficient; () is the constant."""

_MOST_LEVELS = 2**10
_PIECE = 2**20


@dataclass(frozen=True)
class Levels:
    """The few values that C takes where all coefficients are multiples of one, as in MaxCut."""

    values: torch.Tensor  # (l,)
    index: torch.Tensor  # int32, shape of the diagonal: which of them


@dataclass(frozen=True)
class IsingDiagonal:
    """C(z) for z = 0 … 2^n_qubits − 1, wire 0 the most significant bit.

    An even polynomial, C(z) = C(¬z), keeps only the half space of the z whose first bit is 0:
    values is (2^n_qubits,), or (2^(n_qubits−1),) where half_space.
    """

    values: torch.Tensor  # float64, or float32 for evolution in complex64
    n_qubits: int
    half_space: bool = False
    levels: Levels | None = None  # to look exponentials up: cheaper than sines on one thread

    def __post_init__(self) -> None:
        wanted = 2 ** (self.n_qubits - self.half_space)
        if self.values.shape != (wanted,):
            found = tuple(self.values.shape)
            raise SpecError(
                f"diagonal of {self.n_qubits} qubits{' on the half space' * self.half_space} asked "
                f"with values of shape {found}, needed: ({wanted},)",
                "give one value per basis state",
            )


def maxcut_terms(edges: Iterable[tuple[int, int]]) -> dict[tuple[int, ...], float]:
    """C = Σ_edges (1 − Z_a Z_b)/2, the number of edges cut."""
    terms: dict[tuple[int, ...], float] = {(): 0.0}
    for a, b in edges:
        pair = (min(a, b), max(a, b))
        terms[()] += 0.5
        terms[pair] = terms.get(pair, 0.0) - 0.5
    return terms


def cost_diagonal(
    terms: Terms,
    n_qubits: int,
    *,
    half_space: bool | None = None,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str = "cpu",
    memory_bytes: int | None = None,
) -> IsingDiagonal:
    """The Walsh–Hadamard transform of the coefficients, written at the bit mask of their wires.

    Args:
        terms: any degree; wires 0 … n_qubits−1, each at most once in a term.
        half_space: none chooses it where every term has an even number of wires.
        dtype: float64, or float32 for evolution in complex64.
        memory_bytes: limit of what is held meanwhile, two vectors of real numbers.

    Raises:
        SpecError: a wire is out of range or repeated, or odd terms on the half space.
        CircuitRefused: more memory is needed than memory_bytes.
    """
    _check(terms, n_qubits)
    even = n_qubits > 1 and all(len(wires) % 2 == 0 for wires in terms)
    half = even if half_space is None else half_space
    if half and not even:
        raise SpecError(
            f"half space asked of a polynomial of {n_qubits} qubits with odd terms or one qubit",
            "leave half_space out: it is chosen where the polynomial allows it",
        )
    bits = n_qubits - half
    require_memory(2 * torch.float64.itemsize << bits, memory_bytes, n_qubits)
    coefficients = torch.zeros(2**bits, dtype=torch.float64)
    for wires, coefficient in terms.items():
        kept = [wire for wire in wires if not (half and wire == 0)]  # Z_0 = 1 where z_0 = 0
        coefficients[sum(1 << (n_qubits - 1 - wire) for wire in kept)] += coefficient
    values = coefficients.to(device, dtype)
    sizes = group_sizes(bits)
    factors = [_hadamard(k).to(values)[None] for k in sizes]
    apply_product(turns(values[None], torch.empty_like(values)[None], sizes), factors)
    return IsingDiagonal(values, n_qubits, half, _levels(terms, values))


def _levels(terms: Terms, values: torch.Tensor) -> Levels | None:
    """C = constant + step · (−m, −m + 2, …, m), where every coefficient is a multiple of step."""
    coefficients = [abs(c) for wires, c in terms.items() if wires and c]
    step = min(coefficients, default=1.0)
    if sum(coefficients) / step > _MOST_LEVELS:
        return None
    multiples = [round(c / step) for c in coefficients]
    if any(k * step != c for k, c in zip(multiples, coefficients, strict=True)):
        return None
    m = sum(multiples)
    lowest = terms.get((), 0.0) - step * m
    index = torch.empty(values.shape, dtype=torch.int32, device=values.device)
    for start in range(0, len(values), _PIECE):
        piece = slice(start, start + _PIECE)
        index[piece] = ((values[piece] - lowest) / (2 * step)).round()
    found = lowest + 2 * step * torch.arange(m + 1, dtype=torch.float64)
    return Levels(found.to(values), index)


def require_memory(needed: int, limit: int | None, n_qubits: int) -> None:
    """Raises: CircuitRefused: needed bytes are more than the limit."""
    if limit is not None and needed > limit:
        raise CircuitRefused(
            f"{n_qubits} qubits need {needed:,} bytes, limit {limit:,}",
            "raise the memory setting, use fewer qubits or single precision",
        )


def _hadamard(k: int) -> torch.Tensor:
    """(2^k, 2^k) without its factor 2^(−k/2)."""
    matrix = torch.ones(1, 1, dtype=torch.float64)
    for _ in range(k):
        matrix = torch.kron(matrix, matrix.new_tensor([[1, 1], [1, -1]]))
    return matrix


def _check(terms: Terms, n_qubits: int) -> None:
    for wires in terms:
        if len(set(wires)) < len(wires) or not set(wires) <= set(range(n_qubits)):
            raise SpecError(
                f"term on wires {wires} asked, each of 0 … {n_qubits - 1} may appear once",
                "multiply out repeated wires: Z·Z is 1",
            )
