"""What `qml qaoa` says at its end: the best sample, how good it is, and where everything is."""

from typing import TYPE_CHECKING

import click

from deployments.cli.layout import labelled, paragraph
from deployments.cli.running import lines_to_copy
from deployments.cli.screen import Stages
from qml_core.references import QAOARef, Solution

if TYPE_CHECKING:
    from qml_core.optimisation.problems.problem import Problem

_MOST_LABELS = 40


def tell(result: QAOARef, problem: "Problem", stages: Stages | None, *, local: bool) -> None:
    """Print the verdict, the numbers, addresses, and the command that repeats it."""
    addresses = {
        "samples": result.solution.samples.uri,
        "history": result.solution.history.uri,
        "report": result.report.uri,
    }
    lines = lines_to_copy(addresses, result, stages, local=local)
    if result.fallback is not None:
        lines.append(click.style(labelled([("backend", result.fallback)]), fg="yellow", bold=True))
    text = solution_text(result, problem)
    click.echo("\n".join(["", paragraph(result.verdict), "", text, *lines]))


def solution_text(result: QAOARef, problem: "Problem") -> str:
    """Value, bit string and its ones, approximation ratios, feasibility, angles, evaluations."""
    found = result.solution
    rows = {
        "best": f"{problem.value_name} {_number(result.value)}, energy {found.best_energy:.6g}"
        + (" (the optimum)" if _optimal(found) else ""),
        "bits": found.best,
        "ones": _ones(found.best, problem.labels),
        "optimum": "not known" if found.optimum is None else f"energy {found.optimum:.6g}",
        "ratio": _ratio(found),
        "feasible": f"{found.feasibility:.1%} of the samples",
        "expected": f"energy {found.expectation:.6g}, objective {found.objective:.6g}",
        "gammas": _angles(found.gammas),
        "betas": _angles(found.betas),
        "tuned": f"{found.evaluations:,} evaluations"
        + (f", {found.circuits:,} circuits measured" if found.circuits else "")
        + (f", angles from: {found.notes[0]}" if found.notes else ""),
        "note": "; ".join(found.notes[1:]),
    }
    return labelled(rows.items())


def _optimal(found: Solution) -> bool:
    return found.optimum is not None and found.best_approximation == 1.0


def _ratio(found: Solution) -> str:
    if found.approximation is None or found.best_approximation is None:
        return "not known: the optimum is not"
    return (
        f"{found.approximation:.4f} of the expectation, {found.best_approximation:.4f} of the best"
    )


def _ones(bits: str, labels: tuple[str | int, ...]) -> str:
    """Nodes, or numbers of bits."""
    ones = [str(label) for label, bit in zip(labels, bits, strict=True) if bit == "1"]
    more = f" and {len(ones) - _MOST_LABELS} more" if len(ones) > _MOST_LABELS else ""
    return ", ".join(ones[:_MOST_LABELS]) + more


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"


def _angles(angles: tuple[float, ...]) -> str:
    return ", ".join(f"{angle:.4f}" for angle in angles)
