"""`qml list`: encodings, data sets, models and backends."""

import json
from collections.abc import Callable
from typing import Any, get_args

import click

from deployments.cli.layout import labelled
from deployments.cli.parameters import JSON
from qml_core.specs import BackendSpec, ModelSpec

Row = dict[str, Any]

MODELS = {
    "qsvc": "support vector classifier on a quantum kernel (Havlíček et al. 2019)",
    "qsvr": "support vector regression on a quantum kernel",
}
BACKENDS = {
    "qml.batched": "this project's exact simulator: one circuit on a batch of rows, fused",
    "default.qubit": "PennyLane's reference simulator, one circuit at a time",
    "lightning.qubit": "PennyLane's C++ simulator, one circuit at a time",
}


def _encodings() -> list[Row]:
    from qml_core.circuits.encodings import all_encodings

    return [
        {
            "name": e.name,
            "qubits": f"{e.qubits(8)} for 8 features",
            "angles": "any"
            if e.angle_range is None
            else "[{:.3g}, {:.3g}] rad".format(*e.angle_range),
            "depth": e.depth,
            "parameters": ", ".join(e.parameters),
            "description": e.description,
            "paper": e.paper,
        }
        for e in all_encodings()
    ]


def _datasets() -> list[Row]:
    from qml_core.evaluation.datasets import names

    return [
        {
            "name": info.name,
            "task": info.task,
            "parameters": ", ".join(f"{k}={v}" for k, v in info.parameters.items()),
            "description": info.description,
        }
        for info in names()
    ]


def _named(field: Any, texts: dict[str, str]) -> list[Row]:
    return [{"name": name, "description": texts[name]} for name in get_args(field.annotation)]


LISTS: dict[str, Callable[[], list[Row]]] = {
    "encodings": _encodings,
    "datasets": _datasets,
    "models": lambda: _named(ModelSpec.model_fields["name"], MODELS),
    "backends": lambda: _named(BackendSpec.model_fields["name"], BACKENDS),
}


@click.command(name="list")
@click.argument("what", type=click.Choice(list(LISTS)))
@JSON
def list_(what: str, as_json: bool) -> None:
    """What there is to choose from."""
    rows = LISTS[what]()
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    click.echo("\n\n".join(_entry(row) for row in rows))


def _entry(row: Row) -> str:
    """Name and description, then the rest below."""
    name, description = row["name"], row["description"]
    rest = [(label, text) for label, text in row.items() if label not in ("name", "description")]
    head = labelled([(name, description)], column=20)
    below = labelled(rest, column=12, indent=" " * 4)
    bold = click.style(name, bold=True) + head[len(name) :]
    return f"{bold}\n{below}" if below else bold
