"""What a tracking server is told of a benchmark: parameters, metrics and tags, as flat names."""

import re
from collections.abc import Iterator, Mapping, Sequence

from qml_core.references import BenchmarkPlan, DataVerdict, FoldScore

LONGEST_NAME, LONGEST_TEXT = 250, 5000
"""Characters that MLflow takes."""


def parameters(plan: BenchmarkPlan) -> dict[str, str]:
    """What was asked: sizes and terms, and who took part on which data."""
    benchmark = plan.benchmark
    names = ("folds", "repeats", "configurations", "inner_folds", "alpha", "equivalence", "force")
    found: dict[str, object] = {name: getattr(benchmark, name) for name in names}
    found |= {
        "metric": benchmark.primary(plan.task),
        "threshold": benchmark.margin(plan.task),
        "task": plan.task,
        "data": ", ".join(data.name for data in plan.data),
        "backend": plan.backend.name,
        "shots": plan.backend.shots,
        "seed": plan.seed,
    }
    for kind in ("quantum", "classical", "control"):
        found[f"{kind} models"] = ", ".join(
            one.label for one in plan.contestants if one.kind == kind
        )
    return {name: _text(value) for name, value in found.items()}


def metrics(scores: Sequence[FoldScore], verdicts: Sequence[DataVerdict]) -> dict[str, float]:
    """`<data>/<model>/<metric>`, costs and verdicts likewise."""
    found = {
        "folds": float(len(scores)),
        "failed folds": float(sum(score.status == "failed" for score in scores)),
        "seconds": sum(score.seconds for score in scores),
        "circuits": float(sum(score.circuits for score in scores)),
        "qpu seconds": sum(score.qpu_seconds for score in scores),
        "usd": sum(score.usd for score in scores),
    }
    for verdict in verdicts:
        for model, values in _of_models(verdict):
            found |= {_name(verdict.data, model, name): x for name, x in values.items()}
    return found


def _of_models(verdict: DataVerdict) -> Iterator[tuple[str, Mapping[str, float]]]:
    for score in verdict.scores:
        values: dict[str, float] = {n: interval.value for n, interval in score.metrics.items()}
        inner = {} if score.inner_score is None else {"inner": score.inner_score}
        yield score.model, {**values, **inner, "seconds": score.seconds, "usd": score.usd}
    for judged in verdict.judgements:
        known = {"p": judged.corrected, "equivalent": judged.equivalent}
        if judged.difference is not None:
            known["difference"] = judged.difference.value
        yield judged.model, {name: x for name, x in known.items() if x is not None}


def tags(verdicts: Sequence[DataVerdict], page: str) -> dict[str, str]:
    """The verdict on every quantum model, the sentences, and where the page is."""
    found: dict[str, str] = {
        _name("verdict", verdict.data, judged.model): judged.outcome
        for verdict in verdicts
        for judged in verdict.judgements
    }
    found |= {_name("recommended", one.data): one.recommended or "none" for one in verdicts}
    sentences = "\n\n".join(verdict.sentence for verdict in verdicts)
    return {**found, "qml.page": page or "none", "mlflow.note.content": _text(sentences)}


def _name(*parts: str) -> str:
    """Of what MLflow takes in a name: letters, digits, blanks and _ - . /; parts have no slash."""
    plain = (re.sub(r"[^\w\-. ]", "", part, flags=re.ASCII).strip(". ") or "_" for part in parts)
    return "/".join(plain)[:LONGEST_NAME]


def _text(value: object) -> str:
    text = "none" if value is None or value == "" else str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
