"""From content to one HTML file that needs nothing else: no network, no script, no font."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from qml_core.evaluation.report import concentration_charts, model_charts, numbers
from qml_core.evaluation.report.benchmark_views import FILTERS, benchmark_parts
from qml_core.evaluation.report.boundary_chart import boundary_plot
from qml_core.evaluation.report.comparison_charts import (
    comparison_parts,
    contrast_words,
    p_text,
    qpu_words,
    style_of,
)
from qml_core.evaluation.report.confusions import ConfusionTable, confusion_tables
from qml_core.evaluation.report.content import ReportContent
from qml_core.evaluation.report.diagnosis_charts import diagnosis_plots
from qml_core.evaluation.report.epoch_table import EpochTable, epoch_table
from qml_core.evaluation.report.figures import key_figures, reading
from qml_core.evaluation.report.heat import ORDERS, Heat, heat
from qml_core.evaluation.report.measured import Range
from qml_core.evaluation.report.measured_charts import measured_plots
from qml_core.evaluation.report.metric_names import title_and_direction
from qml_core.evaluation.report.parallel_coordinates import level_text
from qml_core.evaluation.report.plot import Plot
from qml_core.evaluation.report.qaoa_charts import qaoa_parts
from qml_core.evaluation.report.reliability_charts import reliability_plots
from qml_core.evaluation.report.search_charts import search_parts
from qml_core.evaluation.report.spectrum import spectrum
from qml_core.evaluation.report.training_charts import training_plots

_FOLDER = Path(__file__).parent
_QUANTUM, _BASELINE = "Quantum model", "Baseline"
_WIDEST_DRAWING = 6000
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


def render(content: ReportContent) -> str:
    """The report page as HTML, at most 2 MB; the same content gives the same text."""
    return (
        _environment()
        .get_template("page.html")
        .render(
            content=content,
            style=Markup((_FOLDER / "style.css").read_text("utf-8")),
            figures=key_figures(content),
            heat=_heat(content),
            kernel_plots=_kernel_plots(content),
            measured_plots=_measured_plots(content),
            concentration_plots=_concentration_plots(content),
            split_plot=_split_plot(content),
            confusions=_confusions(content),
            residual_plots=_residual_plots(content),
            reliability_plots=_reliability_plots(content),
            boundary_plot=_boundary_plot(content),
            training_plots=_training_plots(content),
            epoch_table=_epoch_table(content),
            **diagnosis_plots(content.diagnosis),
            **search_parts(content.search),
            **qaoa_parts(content.qaoa),
            **comparison_parts(content.comparison),
            **benchmark_parts(content.benchmark),
            orders=ORDERS,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": numbers.number,
        "dimension": numbers.dimension,
        "short": numbers.short,
        "centre": numbers.centre,
        "bounds": numbers.bounds,
        "percent": numbers.percent,
        "seconds": numbers.seconds,
        "usd": numbers.usd,
        "hours": numbers.hours,
        "qpu_time": numbers.qpu_time,
        "moment": numbers.moment,
        "rows_of": numbers.rows_of,
        "metric_title": title_and_direction,
        "reading": reading,
        "least_and_median": _least_and_median,
        "drawn": _drawn,
        "linked": _linked,
        "breakable": _breakable,
        "capital": _capital,
        "level_text": level_text,
        "contrast_words": contrast_words,
        "p_text": p_text,
        "qpu_words": qpu_words,
        "searcher_style": style_of,
        **FILTERS,
    }
    return environment


def _drawn(drawing: str) -> str:
    """A circuit drawing, each line cut where it gets too long for a page."""
    lines = drawing.expandtabs().splitlines()
    return "\n".join(x if len(x) <= _WIDEST_DRAWING else x[:_WIDEST_DRAWING] + " …" for x in lines)


def _linked(text: str) -> Markup:
    """Escaped text whose arXiv numbers are links."""
    link = r'<a href="https://arxiv.org/abs/\1" rel="noreferrer">\g<0></a>'
    return Markup(_ARXIV.sub(link, str(escape(text))))


def _breakable(text: str) -> Markup:
    """Escaped text that may wrap after dots, slashes and underscores."""
    return Markup("<wbr>").join(re.findall(r"[^./_]*[./_]?", text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _heat(content: ReportContent) -> Heat | None:
    return None if content.kernel is None else heat(content.kernel)


def _kernel_plots(content: ReportContent) -> list[Plot]:
    return [] if content.kernel is None else [spectrum(content.kernel)]


def _measured_plots(content: ReportContent) -> list[Plot]:
    return [] if content.measurement is None else measured_plots(content.measurement)


def _least_and_median(found: Range | None) -> str:
    if found is None:
        return "–"
    if found.least == found.median:
        return numbers.number(found.least)
    return f"{numbers.number(found.least)} least, {numbers.number(found.median)} median"


def _concentration_plots(content: ReportContent) -> list[Plot]:
    plots: list[Plot | None] = []
    if content.kernel is not None:
        plots.append(concentration_charts.off_diagonals(content.kernel))
    if content.concentration is not None and content.concentration.candidates:
        plots.append(concentration_charts.mean_by_bandwidth(content.concentration))
        plots.append(concentration_charts.score_by_bandwidth(content.concentration))
    return [plot for plot in plots if plot is not None]


def _split_plot(content: ReportContent) -> Plot | None:
    evaluation = content.evaluation
    return model_charts.splits(evaluation) if evaluation and evaluation.splits else None


def _reliability_plots(content: ReportContent) -> list[Plot]:
    return [] if content.reliability is None else reliability_plots(content.reliability)


def _boundary_plot(content: ReportContent) -> Plot | None:
    return None if content.boundary is None else boundary_plot(content.boundary)


def _training_plots(content: ReportContent) -> list[Plot]:
    return [] if content.training is None else training_plots(content.training)


def _epoch_table(content: ReportContent) -> EpochTable | None:
    return None if content.training is None else epoch_table(content.training)


def _names(content: ReportContent) -> tuple[str, str]:
    if content.evaluation is None:
        return _QUANTUM, _BASELINE
    return content.evaluation.quantum_name, content.evaluation.baseline_name


def _confusions(content: ReportContent) -> list[ConfusionTable]:
    if content.confusion is None:
        return []
    return confusion_tables(content.confusion, *_names(content))


def _residual_plots(content: ReportContent) -> list[Plot]:
    if content.residuals is None:
        return []
    return model_charts.residual_plots(content.residuals, *_names(content))
