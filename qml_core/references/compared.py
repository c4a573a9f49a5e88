"""Two benchmarks beside each other."""

from pydantic import Field

from qml_core.references.benchmark import PairedTest
from qml_core.specs import Spec
from qml_core.specs.benchmark import MetricName


class ModelCompared(Spec):
    """One model in both runs: mean scores on the folds that both have."""

    model: str
    first: float | None = Field(None, description="None: it failed, or takes no part")
    second: float | None = None
    same: bool = Field(False, description="Whether both runs hold the very same fits")
    test: PairedTest | None = Field(
        None,
        description="Second run − first, positive where the second is better; none: not paired",
    )
    corrected: float | None = Field(
        None, description="p after Holm over the models of this data set that were fitted twice"
    )


class DataCompared(Spec):
    """One data set of both runs."""

    data: str
    metric: MetricName
    folds: int = Field(0, ge=0, description="That are the same in both; 0: not paired")
    models: tuple[ModelCompared, ...] = ()
    only_first: tuple[str, ...] = Field((), description="Models that the second run lacks")
    only_second: tuple[str, ...] = ()
    notes: tuple[str, ...] = Field((), description="Why something is not compared")


class RunsCompared(Spec):
    """Two benchmarks: ids of the runs, and what they have in common."""

    first: str
    second: str
    data: tuple[DataCompared, ...]
    only_first: tuple[str, ...] = Field((), description="Data sets that the second run lacks")
    only_second: tuple[str, ...] = ()
