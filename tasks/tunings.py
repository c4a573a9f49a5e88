"""What is measured with shots is tuned by simulation before: found in the store, or done once."""

from prefect import task
from pydantic import Field

from qml_core.evaluation.contestants import tuned_model
from qml_core.events import StepDone, emit
from qml_core.keys import key
from qml_core.references import BenchmarkPlan, DatasetRef
from qml_core.specs import ContestantSpec, ModelSpec, Spec
from qml_core.specs.space import Value
from qml_core.storage.content import find_or_make
from qml_core.storage.probe import open_checked_store
from tasks.contests import rows_of, tuning_terms
from tasks.fold_records import fold_key
from tasks.options import STORE
from tasks.turns import computing


class Tuning(Spec):
    """A quantum model with what the inner folds of an outer one have chosen."""

    model: ModelSpec
    inner_score: float
    configuration: dict[str, Value]
    configurations: int = Field(ge=1)


@task(name="tune", task_run_name="tune {contestant.label}", **STORE)
def tune(plan: BenchmarkPlan, data: DatasetRef, contestant: ContestantSpec) -> Tuning:
    """The model that is measured on an outer fold; no circuit of it has run on a device yet.

    Raises:
        DataError, SpecError: it cannot be tuned.
    """
    store, exact = open_checked_store(plan.store), plan.backend.simulated
    once = plan.model_copy(update={"remeasure": 0})  # simulated, it would be the same again
    name = key("tuning", fold=fold_key(once, data, contestant, exact))

    def make() -> Tuning:
        with computing():
            model, inner_score, configuration = tuned_model(
                contestant, rows_of(data), **tuning_terms(plan, data, exact)
            )
        return Tuning(
            model=model,
            inner_score=inner_score,
            configuration=configuration,
            configurations=plan.benchmark.configurations,
        )

    path = f"folds/tunings/{name}.json"
    found, reused = find_or_make(store, path, Tuning, lambda tuning: tuning, make)
    emit(StepDone(reused=reused))
    return found
