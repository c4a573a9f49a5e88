"""The report of a run: content in, one self-contained HTML page or a Markdown summary out."""

from qml_core.evaluation.report.content import ReportContent
from qml_core.evaluation.report.page import render
from qml_core.evaluation.report.summary import summary_markdown

__all__ = ["ReportContent", "render", "summary_markdown"]
