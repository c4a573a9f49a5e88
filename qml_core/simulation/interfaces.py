"""The state of a tape in the arrays of its caller: NumPy's, torch's or autograd's."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from autograd import numpy as anp
from autograd.extend import Box, defvjp_argnum, primitive
from numpy.typing import NDArray
from pennylane.tape import QuantumScript

from qml_core.simulation.precision import COMPLEX, Precision
from qml_core.simulation.tape import tape_states

Function = Callable[..., torch.Tensor]


def tape_state(tape: QuantumScript, precision: Precision, *, keep_torch: bool) -> Any:
    """State of a tape on wires 0 … n−1, complex: ([batch,] 2, …, 2), a dimension per wire.

    Parameters that autograd traces give an array that autograd traces.

    Args:
        keep_torch: whether to return the torch tensor, with its graph, rather than an array.
    """
    parameters = tape.get_parameters(trainable_only=False, operations_only=True)
    traced = [k for k, p in enumerate(parameters) if isinstance(p, Box)]
    if traced:
        return _traced_by_autograd(tape, precision, parameters, traced)
    state = _state(tape, precision)
    return state if keep_torch else state.numpy(force=True)


def _state(tape: QuantumScript, precision: Precision) -> torch.Tensor:
    n_qubits = tape.num_wires
    state = tape_states(tape, n_qubits, precision).to(COMPLEX[precision])
    return state.reshape(*state.shape[:-1], *[2] * n_qubits)


def _traced_by_autograd(
    tape: QuantumScript, precision: Precision, parameters: Sequence[Any], traced: list[int]
) -> Any:
    """One real vector of all traced parameters, so that going back is one pass for all of them."""
    chosen = [parameters[k] for k in traced]
    shapes = [anp.shape(p) for p in chosen]
    is_complex = [anp.iscomplexobj(p) for p in chosen]
    pieces: list[Any] = []
    for parameter, z in zip(chosen, is_complex, strict=True):
        flat = anp.reshape(parameter, -1)
        pieces += [anp.real(flat), anp.imag(flat)] if z else [flat]

    def state(vector: torch.Tensor) -> torch.Tensor:
        values, start = [], 0
        for shape, z in zip(shapes, is_complex, strict=True):
            size = int(np.prod(shape))
            parts = vector[start : start + size * (1 + z)].reshape(1 + z, *shape)
            values.append(torch.complex(parts[0], parts[1]) if z else parts[0])
            start += size * (1 + z)
        return _state(tape.bind_new_parameters(values, traced), precision)

    return through_torch(state, anp.concatenate(pieces))


@primitive  # type: ignore[untyped-decorator]
def through_torch(function: Function, *arrays: NDArray[Any]) -> NDArray[Any]:
    """A function of torch tensors, as one of arrays that autograd differentiates to any order."""
    tensors = [torch.from_numpy(np.asarray(array)) for array in arrays]
    result: NDArray[Any] = function(*tensors).numpy(force=True)
    return result


def _go_back(
    position: int, answer: Any, arguments: Sequence[Any], keywords: dict[str, Any]
) -> Callable[[Any], Any]:
    """How a derivative by the answer becomes one by the argument at this position."""
    function, *arrays = arguments

    def gradient(*tensors: torch.Tensor) -> torch.Tensor:
        *values, by_answer = tensors
        twice = any(tensor.requires_grad for tensor in tensors)
        if not values[position - 1].requires_grad:
            values[position - 1] = values[position - 1].detach().requires_grad_()
        with torch.enable_grad():
            result = function(*values)
        # torch's derivative by z is the complex conjugate of autograd's
        (found,) = torch.autograd.grad(
            result,
            values[position - 1],
            by_answer.to(result.dtype).conj(),
            create_graph=twice,
            materialize_grads=True,
        )
        return found.conj().resolve_conj()

    return lambda by_answer: through_torch(gradient, *arrays, by_answer)


defvjp_argnum(through_torch, _go_back)
