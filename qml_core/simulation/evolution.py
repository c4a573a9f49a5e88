"""From the initial state to the final one: by autograd, by the adjoint method, or bare."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch

from qml_core.errors import SpecError
from qml_core.simulation.steps import Phase, Step

Steps = Sequence[Step]
Blocks = Sequence[torch.Tensor]

_AMPLITUDES_AT_ONCE = 2**17
"""Rows worked on together stay in the processor's cache: 2 MiB of complex128."""


def autograd(steps: Steps, blocks: Blocks, state: torch.Tensor) -> torch.Tensor:
    """Every state on the way is kept for torch's backward pass."""
    final: torch.Tensor = _Kept.apply(steps, state, *blocks)  # type: ignore[no-untyped-call]
    return final


def adjoint(steps: Steps, blocks: Blocks, state: torch.Tensor) -> torch.Tensor:
    """Only the final state is kept: the backward pass un-computes it step by step.

    Jones & Gacon, Efficient calculation of gradients in classical simulations of variational
    quantum algorithms, arXiv:2009.02823, with a gradient per fused step in place of one per gate.

    Raises:
        SpecError: in a backward pass that is to be differentiated itself.
    """
    final: torch.Tensor = _Adjoint.apply(steps, state, *blocks)  # type: ignore[no-untyped-call]
    return final


@torch.no_grad()
def autograd_free(steps: Steps, blocks: Blocks, state: torch.Tensor) -> torch.Tensor:
    """A few rows at a time, through all steps before the next."""
    n = max([len(state), *(len(b) for s, b in zip(steps, blocks, strict=True) if _by_row(s, b))])
    at_once = max(1, _AMPLITUDES_AT_ONCE // state.shape[1])
    if n <= at_once:
        return _piece(steps, blocks, state)
    final = state.new_empty((n, state.shape[1]))
    for start in range(0, n, at_once):
        rows = slice(start, start + at_once)
        own = [b[rows] if _by_row(s, b) else b for s, b in zip(steps, blocks, strict=True)]
        final[rows] = _piece(steps, own, state[rows] if len(state) > 1 else state)
    return final


def _by_row(step: Step, block: torch.Tensor) -> bool:
    """Whether the block has a part for each row."""
    return len(block) > 1 if isinstance(step, Phase) else block.ndim == 3


def _piece(steps: Steps, blocks: Blocks, state: torch.Tensor) -> torch.Tensor:
    """Equal phases share their factor: it costs more than all else of a step."""
    uses = Counter(id(step) for step in steps if isinstance(step, Phase))
    factors: dict[int, torch.Tensor] = {}
    for step, block in zip(steps, blocks, strict=True):
        if not isinstance(step, Phase):
            state = step.apply(state, block)
            continue
        factor = factors.get(id(step))
        if factor is None:
            factor = step.factor(block, state.dtype)
            if uses[id(step)] > 1:
                factors[id(step)] = factor
        state = state * factor
    return state


class _Kept(torch.autograd.Function):
    """All steps as one node of torch's graph: nodes of their own cost more than small states."""

    @staticmethod
    def forward(ctx: Any, steps: Steps, state: torch.Tensor, *blocks: torch.Tensor) -> torch.Tensor:
        states = [state]
        for step, block in zip(steps, blocks, strict=True):
            states.append(step.apply(states[-1], block))
        ctx.steps = steps
        ctx.save_for_backward(*states[:-1], *blocks)
        return states[-1] if steps else state.clone()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        count = len(ctx.steps)
        saved = ctx.saved_tensors  # asked for once: a checkpoint computes them anew each time
        states, blocks = saved[:count], saved[count:]
        if torch.is_grad_enabled() and count:  # this gradient is to be differentiated itself
            return None, *_differentiable(ctx.steps, states[0], blocks, grad)
        grad = grad.resolve_conj()
        gradients: list[torch.Tensor | None] = []
        for step, before, block in zip(
            reversed(ctx.steps), reversed(states), reversed(blocks), strict=True
        ):
            grad, gradient = step.pull(grad, before, block)
            gradients.append(gradient)
        first = states[0] if count else grad
        return None, _rows_of(grad, first), *reversed(gradients)


def _differentiable(
    steps: Steps, state: torch.Tensor, blocks: Blocks, grad: torch.Tensor
) -> list[torch.Tensor | None]:
    """Gradients of the first state and of the blocks, by nodes torch can differentiate again."""
    final, inputs = state, [state, *blocks]
    for step, block in zip(steps, blocks, strict=True):
        final = step.apply(final, block)
    wanted = [t for t in inputs if t.requires_grad]
    found = iter(torch.autograd.grad(final, wanted, grad, create_graph=True, allow_unused=True))
    return [next(found) if t.requires_grad else None for t in inputs]


class _Adjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, steps: Steps, state: torch.Tensor, *blocks: torch.Tensor) -> torch.Tensor:
        ctx.steps, ctx.rows = steps, len(state)
        for step, block in zip(steps, blocks, strict=True):
            state = step.apply(state, block)
        ctx.save_for_backward(state, *blocks)
        return state

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        if torch.is_grad_enabled():  # torch's once_differentiable lets autograd.grad go on, wrongly
            raise SpecError(
                "second derivatives asked of gradient='adjoint', which has first ones",
                "choose gradient='autograd', or leave out create_graph",
            )
        state, *blocks = ctx.saved_tensors
        grad = grad.resolve_conj()
        gradients: list[torch.Tensor | None] = []
        for step, block in zip(reversed(ctx.steps), reversed(blocks), strict=True):
            if isinstance(step, Phase):
                state, grad, gradient = step.back(grad, state, block)
            else:
                state = step.undo(state, block)
                grad, gradient = step.pull(grad, state, block)
            gradients.append(gradient)
        if ctx.rows == 1:
            grad = grad.sum(0, keepdim=True)
        return None, grad, *reversed(gradients)


def _rows_of(gradient: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
    """Summed where one row stood for all."""
    if len(state) == 1 and len(gradient) > 1:
        return gradient.sum(0, keepdim=True)
    return gradient
