"""The report in twenty lines of Markdown, for the run's artifact in Prefect's UI."""

from urllib.parse import quote

from qml_core.evaluation.report.content import Evaluation, Metrics, ReportContent
from qml_core.evaluation.report.figures import key_figures
from qml_core.evaluation.report.markdown import fenced, plain, table
from qml_core.evaluation.report.metric_names import title_and_direction
from qml_core.evaluation.report.numbers import bounds, centre, moment, number, seconds, usd
from qml_core.evaluation.report.summary_benchmark import benchmark_summary
from qml_core.evaluation.report.summary_searches import searches


def summary_markdown(content: ReportContent, report_uri: str | None = None) -> str:
    """Title, verdict, key figures, held-out metrics, notes and the command to repeat.

    Args:
        report_uri: where the page is stored; becomes a link.
    """
    parts = [f"# {plain(content.title)}"]
    if content.fallback is not None:
        parts.append(f"> **Another backend:** {plain(content.fallback)}.")
    parts.append(f"**{plain(content.verdict)}**")
    parts += [_figures(content), *searches(content)]
    if content.benchmark is not None:
        parts += benchmark_summary(content.benchmark)
    if content.evaluation is not None:
        parts += [_metrics(content.evaluation), plain(content.evaluation.method)]
    parts += [_training(content), _calibration(content), _notes(content)]
    if report_uri is not None:
        parts.append(f"[Full report]({quote(report_uri, safe=':/?=&%')})")
    parts.append(f"Repeat this run:\n\n{fenced(content.command)}")
    parts.append(f"Run {plain(content.run_id)}, {moment(content.created)}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _figures(content: ReportContent) -> str:
    rows: list[tuple[str, ...]] = [
        (plain(figure.label), f"**{plain(figure.value)}**", plain(figure.note))
        for figure in key_figures(content)
    ]
    return table(("Key figure", "Value", "Against"), rows) if rows else ""


def _metrics(evaluation: Evaluation) -> str:
    heads = ("Held out", evaluation.quantum_name, evaluation.baseline_name, "Difference")
    rows: list[tuple[str, ...]] = [
        (
            plain(title_and_direction(metric)),
            _cell(evaluation.quantum, metric),
            _cell(evaluation.baseline, metric),
            _cell(evaluation.difference, metric, signed=True),
        )
        for metric in evaluation.quantum
    ]
    return table(tuple(map(plain, heads)), rows)


def _cell(metrics: Metrics, metric: str, signed: bool = False) -> str:
    interval = metrics.get(metric)
    return plain(f"{centre(interval, signed)} {bounds(interval, signed)}".strip())


def _training(content: ReportContent) -> str:
    training = content.training
    if training is None:
        return ""
    heads = ("Training", "Epochs", "Best epoch", "Parameters", "Time", "Circuits", "Price at most")
    circuits = int(training.total("circuits"))
    spent = usd(training.total("usd")) if circuits else "–"
    splits = len(training.histories)
    cells = (
        f"{splits} split{'s' if splits > 1 else ''}",
        training.trained,
        training.best,
        number(training.n_parameters),
        seconds(training.total("seconds")),
        number(circuits) if circuits else "exact values",
        spent,
    )
    return table(heads, [cells])


def _calibration(content: ReportContent) -> str:
    if content.reliability is None:
        return ""
    rows: list[tuple[str, ...]] = [
        (plain(curve.name), number(curve.brier), number(curve.ece))
        for curve in content.reliability.curves
    ]
    return table(("Calibration", "Brier score", "ECE"), rows)


def _notes(content: ReportContent) -> str:
    sections = (
        content.data,
        content.circuit,
        content.kernel,
        content.measurement,
        content.evaluation,
        content.reliability,
        content.boundary,
        content.training,
        content.benchmark,
        content.comparison,
        content.search,
        content.qaoa,
    )
    warnings = content.training.sentences if content.training else ()
    notes = [note for section in sections if section is not None for note in section.notes]
    return "\n".join(f"- {plain(note)}" for note in (*warnings, *notes))
