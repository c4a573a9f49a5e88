"""`qml diagnose`: can this ansatz be trained with this cost?"""

import json
import math
from typing import Any

import click

from deployments.cli.layout import labelled, paragraph
from deployments.cli.parameters import JSON, PARAMS, SET, apply_settings, read_file, validate
from qml_core.references import DiagnosedPoint, DiagnosisRef, Interval
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DiagnosisSpec, RunSpec, Spec, check_exact

DIAGNOSE: dict[str, type[Spec]] = {
    "diagnosis": DiagnosisSpec,
    "backend": BackendSpec,
    "run": RunSpec,
}


@click.command()
@click.option("--ansatz", metavar="NAME", help="See `qml list ansatze`.")
@click.option("--qubits", metavar="N,N,…", help="Sizes, e.g. 2,4,6,8.")
@click.option("--layers", metavar="N,N,…", help="Layers of the ansatz, e.g. 2,8.")
@click.option("--cost", metavar="KIND", help="z, parity, local or global.")
@click.option("--samples", type=int, metavar="N", help="Random parameters of each size.")
@PARAMS
@SET
@click.option("--dry-run", is_flag=True, help="What would be computed; run nothing.")
@click.option("--local", is_flag=True, help="Own temporary Prefect server.")
@click.option("--verbose", is_flag=True, help="Prefect's own log as well.")
@JSON
def diagnose(**words: Any) -> None:
    """Variance of the gradient against qubits and layers, and what it means for training."""
    specs = _specs(words)
    diagnosis, backend = specs["diagnosis"], specs["backend"]
    assert isinstance(diagnosis, DiagnosisSpec)
    assert isinstance(backend, BackendSpec)
    check_exact(backend)
    _check(diagnosis)
    if words["dry_run"]:
        _tell_plan(diagnosis, as_json=words["as_json"])
        return
    from deployments.cli.reaching import check_quickly, check_store

    settings = Settings.from_environment()
    check_quickly(settings)
    check_store(settings)
    from deployments.cli.running import call_flow

    result, stages = call_flow("diagnose", specs, words)
    if words["as_json"]:
        click.echo(result.model_dump_json(indent=2))
    else:
        _tell(result, stages, local=words["local"])


def _specs(words: dict[str, Any]) -> dict[str, Spec]:
    """Parameter file, then words, then `--set`: the later wins."""
    document = read_file(words["params"]) if words["params"] else {}
    short = {
        "diagnosis.ansatz": words["ansatz"],
        "diagnosis.qubits": _numbers("--qubits", words["qubits"]),
        "diagnosis.layers": _numbers("--layers", words["layers"]),
        "diagnosis.measurement.kind": words["cost"],
        "diagnosis.samples": words["samples"],
    }
    settings = [f"{path}={json.dumps(value)}" for path, value in short.items() if value is not None]
    apply_settings(document, [*settings, *words["settings"]], DIAGNOSE)
    return validate(document, DIAGNOSE)


def _numbers(option: str, text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise click.UsageError(f"{option} {text}: numbers with commas, e.g. 2,4,6,8") from error


def _check(diagnosis: DiagnosisSpec) -> None:
    """What each size would refuse later; raises SpecError, DataError, CircuitRefused."""
    from qml_core.budget.gate import check_memory
    from qml_core.training.diagnostics.subject import open_subject

    limit = Settings.from_environment().memory_bytes
    check_memory(max(diagnosis.qubits), BackendSpec(), limit)
    noisy = [(diagnosis.noise_qubits, layers) for layers in diagnosis.noisy_depths]
    for qubits, layers in (*diagnosis.points, *noisy):
        open_subject(diagnosis, qubits, layers)
    for layers in diagnosis.spectrum_depths:
        open_subject(diagnosis, diagnosis.qubits[0], layers, diagnosis.spectrum_encoding)
    if diagnosis.calibration is not None:
        from qml_core.hardware.calibration import load_calibration

        load_calibration(diagnosis.calibration)


def _tell_plan(diagnosis: DiagnosisSpec, *, as_json: bool) -> None:
    document = {
        "verb": "diagnose",
        "points": [list(point) for point in diagnosis.points],
        "noisy_depths": list(diagnosis.noisy_depths),
        "spectrum_depths": list(diagnosis.spectrum_depths),
        "samples": diagnosis.samples,
        "usd": 0.0,
    }
    if as_json:
        click.echo(json.dumps(document, indent=2))
        return
    sizes = ", ".join(f"{n} × {k}" for n, k in diagnosis.points)
    rows = {
        "job": f"diagnose {diagnosis.ansatz}, {diagnosis.measurement.kind} cost",
        "points": f"{sizes} (qubits × layers), {diagnosis.samples:,} random parameters each",
        "noise": _depths(diagnosis.noisy_depths, diagnosis.noise_qubits),
        "spectrum": _depths(diagnosis.spectrum_depths, diagnosis.qubits[0]),
        "dollars": "0.00 USD",
    }
    click.echo(labelled(rows.items()))


def _depths(layers: tuple[int, ...], qubits: int) -> str:
    return f"{', '.join(map(str, layers))} layers on {qubits} qubits" if layers else ""


def _tell(result: DiagnosisRef, stages: Any, *, local: bool) -> None:
    from deployments.cli.running import lines_to_copy

    rows = {"report": result.report.uri, "table": result.table.uri}
    lines = lines_to_copy(rows, result, stages, local=local)
    text = diagnosis_text(result)
    click.echo("\n".join(["", text, "", paragraph(result.verdict), "", *lines]))


def diagnosis_text(result: DiagnosisRef) -> str:
    """The table of all sizes, the slopes, and what to try."""
    lines = [_ROW.format(*_HEADER), *(_row(point) for point in result.points), ""]
    for series in result.series:
        if series.slope is not None:
            lines.append(f"{series.name:<24}{_slope(series.slope)}  {series.outcome}")
    return "\n".join([*lines, *(paragraph(text, "  ", "- ") for text in result.advice)])


_HEADER = ("qubits", "layers", "zero", "Var ∂₁C", "mean Var", "KL", "Q")
_ROW = "{:>6}  {:>6}  {:>9}  {:>9}  {:>9}  {:>7}  {:>6}"


def _row(point: DiagnosedPoint) -> str:
    entangled = point.entanglement.value if point.entanglement else None
    return _ROW.format(
        point.qubits,
        point.layers,
        f"{point.zeros}/{point.parameters}",
        _number(point.first_variance, ".2e"),
        _number(point.mean_variance, ".2e"),
        _number(point.expressibility, ".3g"),
        _number(entangled, ".3f"),
    )


def _number(value: float | None, form: str) -> str:
    return "–" if value is None or math.isnan(value) else format(value, form)


def _slope(slope: Interval) -> str:
    return f"{slope.value:+.2f} log2 per qubit, 95 % interval {slope.low:+.2f} to {slope.high:+.2f}"
