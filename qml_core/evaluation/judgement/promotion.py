"""Whether a model may be promoted: a quantum one needs a benchmark that it did not lose."""

from dataclasses import dataclass

from qml_core.references.benchmark import Judgement

NOT_WORSE = ("advantage", "no difference")
SHORTEST = 10
"""Characters of a reason that overrides."""


@dataclass(frozen=True)
class Evidence:
    """What a benchmark says of a model on its data.

    Args:
        run: id of the benchmark.
        judgements: of every contestant that is this model, at least one.
    """

    run: str
    data: str
    judgements: tuple[Judgement, ...]

    @property
    def worst(self) -> Judgement:
        """The one that speaks most against it, where a model takes part under several names."""
        order = ("classical better", "inconclusive", "no difference", "advantage")
        return min(self.judgements, key=lambda one: order.index(one.outcome))


@dataclass(frozen=True)
class Promotion:
    """The decision.

    Args:
        allowed: by its evidence, or by a reason.
        why: one sentence without a full stop.
        overridden: whether only the reason allows it.
    """

    allowed: bool
    why: str
    overridden: bool = False


def decide_promotion(
    quantum: bool, evidence: Evidence | None, override: str | None = None
) -> Promotion:
    """Allowed: classical models; quantum ones that are not worse than the best classical model.

    "Inconclusive" is no evidence that a model is not worse. A reason of at least 10 characters,
    spaces around it not counted, overrides.

    Args:
        evidence: none: no benchmark of the model on its data is known.
    """
    allowed, why = _by_evidence(quantum, evidence)
    if allowed or override is None:
        return Promotion(allowed, why)
    if len(override.strip()) < SHORTEST:
        return Promotion(False, f"{why}, and {override!r} is no reason of {SHORTEST} characters")
    return Promotion(True, f"{why}, overridden: {override.strip()}", overridden=True)


def _by_evidence(quantum: bool, evidence: Evidence | None) -> tuple[bool, str]:
    if not quantum:
        return True, "a classical model needs no benchmark"
    if evidence is None:
        return False, "no benchmark of this quantum model on its data is known"
    worst = evidence.worst
    against = f" ({worst.reference})" if worst.reference else ""
    said = {
        "advantage": "better than every tuned classical model",
        "no difference": f"as good as the best classical model{against}",
        "classical better": f"worse than the best classical model{against}",
        "inconclusive": "inconclusive, so that it may be worse than the best classical model"
        + against,
    }[worst.outcome]
    where = f"on {evidence.data} in benchmark {evidence.run}"
    return worst.outcome in NOT_WORSE, f"{worst.model} is {said} {where}"
