"""What a searcher minimises, from what trials have found."""

import math
from collections.abc import Sequence

from qml_core.references import SearchPlan, Trial


def losses_of(plan: SearchPlan, trials: Sequence[Trial]) -> list[float]:
    """Values, negated where larger ones are better; NaN of a failed trial."""
    sign = -1.0 if plan.search.objective.maximised else 1.0
    return [math.nan if trial.value is None else sign * trial.value for trial in trials]
