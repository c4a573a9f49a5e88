"""Adam and stochastic gradient descent, of torch.optim."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from qml_core.training.objective import Objective
from qml_core.training.optimisers._optimiser import Step, gradient_step
from qml_core.training.state import OptimiserState

Parameters = Sequence[torch.nn.Parameter]
_KINDS: Mapping[str, Callable[[Parameters], torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,  # Kingma and Ba 2015
    "sgd": torch.optim.SGD,
}


class FirstOrder:
    """Adam or gradient descent without momentum.

    Args:
        kind: "adam" or "sgd".
        parameters: of the network.
    """

    def __init__(self, kind: str, parameters: Parameters) -> None:
        self._torch = _KINDS[kind](parameters)

    def step(self, objective: Objective, learning_rate: float) -> Step:
        seen = gradient_step(objective, objective.gradient())
        for group in self._torch.param_groups:
            group["lr"] = learning_rate
        self._torch.step()
        return seen

    def state(self) -> OptimiserState:
        return flat_state(self._torch)

    def load(self, state: OptimiserState) -> None:
        load_flat_state(self._torch, state)

    def close(self) -> None:
        pass


def flat_state(optimiser: torch.optim.Optimizer) -> OptimiserState:
    """What torch remembers: tensors as "parameter/name" or "parameter/name/place in its list"."""
    tensors: dict[str, torch.Tensor] = {}
    numbers: dict[str, Any] = {}
    for parameter, memory in optimiser.state_dict()["state"].items():
        for name, value in memory.items():
            key = f"{parameter}/{name}"
            if isinstance(value, torch.Tensor):
                tensors[key] = value.detach().clone()
            elif isinstance(value, list):
                numbers[key] = {"entries": len(value)}
                tensors |= {f"{key}/{i}": v.detach().clone() for i, v in enumerate(value)}
            else:
                numbers[key] = value
    return OptimiserState(tensors, numbers)


def load_flat_state(optimiser: torch.optim.Optimizer, state: OptimiserState) -> None:
    """Undo `flat_state`."""
    memory: dict[int, dict[str, Any]] = {}
    for key, number in state.numbers.items():
        parameter, name = key.split("/")
        entry = memory.setdefault(int(parameter), {})
        if isinstance(number, Mapping):
            listed = range(int(number["entries"]))
            entry[name] = [state.tensors[f"{key}/{i}"].clone() for i in listed]
        else:
            entry[name] = number
    for key, tensor in state.tensors.items():
        if key.count("/") == 1:
            parameter, name = key.split("/")
            memory.setdefault(int(parameter), {})[name] = tensor.clone()
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": memory, "param_groups": groups})
