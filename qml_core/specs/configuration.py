"""A model with the values of a configuration in place of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from qml_core.errors import SpecError
from qml_core.near_names import near_names
from qml_core.specs.base import Spec
from qml_core.specs.model import ModelSpec
from qml_core.specs.space import Value

_NOT_SEARCHED = {"name", "bandwidths", "kernel_training", "inner_folds"}
"""Fields of the model that are no hyper-parameter of one configuration."""

_WITHOUT_EFFECT = ("checkpoint_epochs", "checkpoint_s")
_ONE_OF_MANY = ("C", "hidden")
_LISTS = ("paulis",)
_NO_SCALARS = ("weights", "qubits")


def configured(model: ModelSpec, configuration: Mapping[str, Value]) -> ModelSpec:
    """The model with the values of a configuration.

    A name is a path, such as kernel.encoding.reps, circuit.layers or training.learning_rate, or
    its last part where only one path ends so; encoding, measurement and bandwidth are those of the
    kernel or of the circuit. C and bandwidth become the only candidate; paulis are separated by
    commas.

    Raises:
        SpecError: a name that the model does not have, two names of one field, or values that the
            model refuses, in this combination or at all.
    """
    document = model.model_dump()
    named: dict[str, str] = {}
    for name, value in configuration.items():
        path = resolve(model, name)
        if path in named:
            raise SpecError(f"{named[path]} and {name} are both {path}", "name it once")
        named[path] = name
        _place(document, path, value)
    try:
        return ModelSpec.model_validate(document)
    except ValidationError as error:
        raise SpecError(f"{_said(configuration)}: {_reason(error)}") from error


def resolve(model: ModelSpec, name: str) -> str:
    """The path that a name stands for; raises SpecError with near names where there is none."""
    known = names_of(model)
    plain = name.removeprefix("model.")
    if plain in known:
        return known[plain]
    raise SpecError(
        f"{model.name} has no hyper-parameter {name!r}; {near_names(plain, known)}",
        "write a path such as "
        + ("training.learning_rate" if model.variational else "kernel.encoding.reps"),
    )


def names_of(model: ModelSpec) -> dict[str, str]:
    """Every name that a configuration may use, and the path it stands for."""
    unused = {*_NOT_SEARCHED, *model.unused} | ({"epsilon"} if model.name != "qsvr" else set())
    paths = [p for p in _leaves(ModelSpec) if p.partition(".")[0] not in unused]
    last = [path.rpartition(".")[2] for path in paths]
    short = {
        word: path
        for word, path in zip(last, paths, strict=True)
        if word != "name" and last.count(word) == 1
    }
    encoding = ("circuit" if model.variational else "kernel") + ".encoding"
    short |= {"encoding": f"{encoding}.name", encoding: f"{encoding}.name"}
    if model.variational:
        kind = "circuit.measurement.kind"
        short |= {"measurement": kind, "circuit.measurement": kind}
    return short | {path: path for path in paths}


def _leaves(spec: type[Spec], before: str = "") -> Iterator[str]:
    """Paths of all fields that hold one value."""
    for name, field in spec.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Spec):
            yield from _leaves(kind, f"{before}{name}.")
        elif name not in (*_WITHOUT_EFFECT, *_NO_SCALARS):
            yield before + name


def _place(document: dict[str, Any], path: str, value: Value) -> None:
    *parents, last = path.split(".")
    here = document
    for parent in parents:
        here = here[parent]
    if last in _ONE_OF_MANY:
        here[last] = (value,)
    elif last in _LISTS:
        here[last] = tuple(str(value).split(","))
    else:
        here[last] = value
    if path == "kernel.encoding.bandwidth":
        document["bandwidths"] = (value,)


def _said(configuration: Mapping[str, Value]) -> str:
    return ", ".join(f"{name}={value}" for name, value in configuration.items())


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    return f"{where}: {reason}" if where else reason
