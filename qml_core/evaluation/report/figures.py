"""The three or four numbers a reader should leave with."""

from dataclasses import dataclass

from qml_core.evaluation.report.benchmark_figures import benchmark_figures
from qml_core.evaluation.report.comparison import ComparisonSection
from qml_core.evaluation.report.content import (
    Costs,
    Evaluation,
    KernelPicture,
    ReportContent,
)
from qml_core.evaluation.report.diagnosis import Diagnosis
from qml_core.evaluation.report.metric_names import title_of
from qml_core.evaluation.report.numbers import (
    bounds,
    centre,
    dimension,
    has_bounds,
    number,
    one_over,
    percent,
    seconds,
    short,
    usd,
)
from qml_core.evaluation.report.qaoa import QAOASection
from qml_core.evaluation.report.search import SearchSection
from qml_core.evaluation.report.training import TrainingPicture
from qml_core.references import Interval


@dataclass(frozen=True)
class KeyFigure:
    """A number, what it is, and what to hold it against."""

    value: str
    label: str
    note: str = ""


def key_figures(content: ReportContent) -> tuple[KeyFigure, ...]:
    """Of a benchmark, a search, a QAOA or searchers that were compared; else of the held-out
    comparison where there is one, else of the kernel matrix or of the training; then the cost."""
    figures: list[KeyFigure] = []
    if content.benchmark is not None:
        figures += [KeyFigure(*found) for found in benchmark_figures(content.benchmark)]
    elif content.comparison is not None:
        figures += _of_comparison(content.comparison)
    elif content.search is not None:
        figures += _of_search(content.search)
    elif content.qaoa is not None:
        figures += _of_qaoa(content.qaoa)
    elif content.evaluation is not None:
        figures += _of_evaluation(content.evaluation)
    elif content.kernel is not None:
        figures += _of_kernel(content.kernel)
    elif content.diagnosis is not None:
        figures += _of_diagnosis(content.diagnosis)
    elif content.training is not None:
        figures += _of_training(content.training)
    if content.costs is not None:
        figures.append(_of_costs(content.costs))
    return tuple(figures)


def reading(difference: Interval | None) -> str:
    """What the interval of a difference says, in words."""
    if difference is None or not has_bounds(difference):
        return ""
    low, high = difference.low or 0.0, difference.high or 0.0
    return "contains 0" if low <= 0 <= high else "excludes 0"


def _of_evaluation(evaluation: Evaluation) -> list[KeyFigure]:
    metric = evaluation.primary
    title = title_of(metric)
    ours, theirs = evaluation.quantum.get(metric), evaluation.baseline.get(metric)
    figures = [
        KeyFigure(centre(ours), f"{title}, {evaluation.quantum_name}", bounds(ours)),
        KeyFigure(centre(theirs), f"{title}, {evaluation.baseline_name}", bounds(theirs)),
    ]
    difference = evaluation.difference.get(metric)
    if difference is not None:
        note = f"{bounds(difference, True)} {reading(difference)}".strip()
        figures.append(KeyFigure(centre(difference, True), "Paired difference", note))
    return figures


def _of_kernel(kernel: KernelPicture) -> list[KeyFigure]:
    mean = float(kernel.off_diagonal.mean())
    d = kernel.dimension
    size, haar = ("", "") if d is None else (f"dimension d = {dimension(d)}", one_over(d))
    figures = [
        KeyFigure(f"{kernel.rows:,}²", "Kernel entries", size),
        KeyFigure(number(mean), "Mean off-diagonal", haar),
    ]
    if kernel.alignment is not None:
        centred = kernel.centred_alignment
        note = "" if centred is None else f"centred {number(centred)}"
        figures.append(KeyFigure(number(kernel.alignment), "Target alignment", note))
    return figures


def _of_training(training: TrainingPicture) -> list[KeyFigure]:
    return [
        KeyFigure(training.trained, "Epochs", f"best {training.best}"),
        KeyFigure(number(training.n_parameters), "Parameters"),
    ]


def _of_diagnosis(diagnosis: Diagnosis) -> list[KeyFigure]:
    fitted = [(s.name, s.decay.slope) for s in diagnosis.series if s.decay is not None]
    figures = [
        KeyFigure(centre(slope), f"log₂ variance per qubit, {name}", bounds(slope))
        for name, slope in fitted[:3]
    ]
    if diagnosis.noise is not None:
        rate = diagnosis.noise.rate
        figures.append(KeyFigure(centre(rate), "log₂ gradient per noisy layer", bounds(rate)))
    return figures


def _of_comparison(comparison: ComparisonSection) -> list[KeyFigure]:
    """Who was best on each of the first three spaces."""
    return [
        KeyFigure(best.name, f"Best on {space.name}", f"average rank {short(best.rank)}")
        for space in comparison.spaces[:3]
        for best in space.ranked[:1]
    ]


def _of_search(search: SearchSection) -> list[KeyFigure]:
    best = search.best
    reached = "every trial failed" if best is None else f"trial {best.number}"
    figures = [
        KeyFigure(number(None if best is None else best.value, 4), f"Best {search.objective}",
                  reached),
        KeyFigure(f"{len(search.searched):,}", "Trials",
                  f"of {number(search.size)} configurations"),
    ]  # fmt: skip
    if search.held_out is not None:
        note = bounds(search.held_out)
        figures.append(KeyFigure(centre(search.held_out), "The best, held out", note))
    return figures


def _of_qaoa(qaoa: QAOASection) -> list[KeyFigure]:
    found = qaoa.best_energy if qaoa.value is None else qaoa.value
    optimum = "" if qaoa.optimum is None else f"least energy possible {short(qaoa.optimum, 5)}"
    figures = [KeyFigure(short(found, 5) if found is not None else "–",
                         f"Best {qaoa.value_name}", optimum)]  # fmt: skip
    if qaoa.approximation is not None:
        best = f"best sample {number(qaoa.best_approximation)}"
        figures.append(KeyFigure(number(qaoa.approximation), "Approximation ratio", best))
    figures.append(KeyFigure(percent(qaoa.feasibility), "Feasible shots"))
    return figures


def _of_costs(costs: Costs) -> KeyFigure:
    spent = "spend unknown" if costs.usd is None else f"{usd(costs.usd)} spent"
    if costs.qpu_seconds:
        spent += f", {number(costs.qpu_seconds)} s of QPU time"
    return KeyFigure(seconds(costs.seconds), "Time taken", spent)
