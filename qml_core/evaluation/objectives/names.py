"""Whether an objective has the hyper-parameters that a space names."""

from collections.abc import Sequence

from qml_core.evaluation.objectives.classical import check_parameters
from qml_core.references import Task
from qml_core.specs import ObjectiveSpec
from qml_core.specs.configuration import resolve


def check_names(objective: ObjectiveSpec, names: Sequence[str], task: Task) -> None:
    """Raise SpecError, with near names, where there is none of a name; a function takes any."""
    if objective.function is not None:
        return
    if objective.classical is not None:
        check_parameters(objective.classical, task, names)
        return
    for name in names:
        resolve(objective.model, name)
