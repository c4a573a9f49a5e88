"""What is asked of a circuit to be diagnosed."""

from typing import Any, Protocol


class Parametrised(Protocol):
    """A circuit of features and parameters; a `VariationalCircuit` is one."""

    @property
    def n_qubits(self) -> int: ...
    @property
    def n_features(self) -> int: ...
    @property
    def n_parameters(self) -> int: ...
    @property
    def layer_of(self) -> tuple[int, ...]:
        """(P,) layer of each parameter; −1 for gates before layer 0."""

    def __call__(self, x: Any, theta: Any) -> None:
        """Queue the gates of features (d,) or (n, d) and parameters (P,) or (n, P)."""
