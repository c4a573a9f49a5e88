"""A training state as two objects: a safetensors file, and the JSON document that names it.

Floats of the document are exact, as Python writes them; in the history NaN is null.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import torch
from pydantic import ValidationError

from qml_core.errors import CorruptArtifact
from qml_core.specs import CircuitSpec, ModelSpec, Spec
from qml_core.storage.documents import SCHEMA_VERSION
from qml_core.storage.sealed import seal
from qml_core.storage.tensors import Tensors, encode_tensors
from qml_core.training.state import Best, EpochRecord, OptimiserState, TrainingState

Document = dict[str, Any]
_GROUPS = ("parameters", "optimiser", "best")
_ORDER = "order"


class NetworkShape(Spec):
    """What a checkpoint is of: the model's circuit, and the shapes of its parameters."""

    model: str
    circuit: CircuitSpec
    hidden: tuple[int, ...]
    mirrored: bool
    parameters: dict[str, tuple[int, ...]]

    @property
    def text(self) -> str:
        """For people, e.g. "vqc, angle, hardware_efficient × 2 layers, theta (24,)"."""
        shapes = ", ".join(f"{name} {shape}" for name, shape in self.parameters.items())
        circuit = f"{self.circuit.encoding.name}, {self.circuit.ansatz} × {self.circuit.layers}"
        read = f"reads {self.circuit.measurement.kind}"
        return f"{self.model}, {circuit} layers, {read}, parameters {shapes}"


def network_shape(model: ModelSpec, parameters: Tensors) -> NetworkShape:
    """Of a model with these parameters, by name.

    The number of qubits shows in the parameters, whether it was asked for or left out.
    """
    encoding = model.circuit.encoding.model_copy(update={"n_qubits": None})
    return NetworkShape(
        model=model.name,
        circuit=model.circuit.model_copy(update={"encoding": encoding}),
        hidden=model.hidden,
        mirrored=model.mirrored,
        parameters={name: tuple(tensor.shape) for name, tensor in parameters.items()},
    )


def state_tensors(state: TrainingState) -> bytes:
    """All tensors of a state, and the order of its rows, as safetensors."""
    groups = _tensors_of(state)
    flat = {f"{group}/{name}": t for group in groups for name, t in groups[group].items()}
    return encode_tensors({**flat, _ORDER: torch.from_numpy(state.order.copy())})


def encode_checkpoint(
    key: str, state: TrainingState, network: NetworkShape, path: str, sha256: str
) -> bytes:
    """The document of a state of training `key` whose tensors lie at `path`.

    Raises:
        DataError: something in the state is not what JSON holds.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "key": key,
        "network": network.model_dump(mode="json"),
        "epoch": state.epoch,
        "step": state.step,
        "generator": _plain(state.generator),
        "optimiser": _plain(state.optimiser.numbers),
        "best": None if state.best is None else _plain(_best_numbers(state.best)),
        "history": _columns(state.history),
        "sums": _plain(state.sums),
        "finished": state.finished,
        "tensors": {
            "path": path,
            "sha256": sha256,
            # the file orders them by size, the network by name
            "names": {group: list(tensors) for group, tensors in _tensors_of(state).items()},
        },
    }
    return seal(document)


def network_of(document: Document, path: str) -> NetworkShape:
    """What it is a checkpoint of; raises CorruptArtifact where this program has no such spec."""
    try:
        return NetworkShape.model_validate(document["network"])
    except (ValidationError, KeyError) as error:
        raise CorruptArtifact(f"{path} is of a network that this program does not know") from error


def state_of(document: Document, tensors: Tensors, path: str) -> TrainingState:
    """The state, bit by bit what was stored; raises CorruptArtifact where something is missing."""
    try:
        return _state(document, tensors)
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptArtifact(f"{path} holds no complete training state") from error


def _state(document: Document, tensors: Tensors) -> TrainingState:
    names = document["tensors"]["names"]
    groups = {g: {name: tensors[f"{g}/{name}"] for name in names.get(g, [])} for g in _GROUPS}
    best = document["best"] and Best(parameters=groups["best"], **_value(document["best"]))
    return TrainingState(
        epoch=document["epoch"],
        step=document["step"],
        parameters=groups["parameters"],
        optimiser=OptimiserState(groups["optimiser"], _value(document["optimiser"])),
        generator=_value(document["generator"]),
        order=tensors[_ORDER].numpy(),
        best=best,
        history=_records(document["history"]),
        sums=_value(document["sums"]),
        finished=document["finished"],
    )


def _tensors_of(state: TrainingState) -> dict[str, Tensors]:
    found = {"parameters": state.parameters, "optimiser": state.optimiser.tensors}
    return found if state.best is None else {**found, "best": state.best.parameters}


def _best_numbers(best: Best) -> dict[str, Any]:
    return {f.name: getattr(best, f.name) for f in fields(best) if f.name != "parameters"}


def _plain(value: Any) -> Any:
    """Non-finite floats as {"float": "nan"}, since JSON has none."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(float(value))}
    return value


def _value(plain: Any) -> Any:
    if isinstance(plain, dict):
        if plain.keys() == {"float"} and isinstance(plain["float"], str):
            return float(plain["float"])
        return {name: _value(part) for name, part in plain.items()}
    return [_value(part) for part in plain] if isinstance(plain, list) else plain


def _columns(history: Sequence[EpochRecord]) -> dict[str, list[Any]]:
    names = [f.name for f in fields(EpochRecord)]
    return {name: [_cell(getattr(record, name)) for record in history] for name in names}


def _records(columns: dict[str, list[Any]]) -> tuple[EpochRecord, ...]:
    kinds = {f.name: f.type for f in fields(EpochRecord)}
    read = {name: [_read(cell, kinds[name]) for cell in cells] for name, cells in columns.items()}
    rows = zip(*read.values(), strict=True)
    return tuple(EpochRecord(**dict(zip(read, row, strict=True))) for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_cell(part) for part in value]
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else str(float(value))


def _read(cell: Any, kind: Any) -> Any:
    if isinstance(cell, list):
        return tuple(_read(part, float) for part in cell)
    if kind is float:
        return math.nan if cell is None else float(cell)
    return cell
