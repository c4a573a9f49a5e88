"""The flow that predicts new rows with a stored model, on any backend."""

from prefect import flow

from qml_core.errors import BackendError, Refused
from qml_core.references import ModelRef, Outside, PredictionsRef
from qml_core.specs import BackendSpec, RunSpec
from tasks.gates import pass_gates
from tasks.predictions import answer, answer_classically, plan_prediction, prepare_rows


@flow(name="predict", persist_result=False)
def predict(
    model: ModelRef,
    data: str,
    backend: BackendSpec,
    run: RunSpec = RunSpec(),
    fallback: ModelRef | None = None,
    outside: Outside = "warn",
) -> PredictionsRef:
    """Predict every row of a file; each prediction says who made it.

    Args:
        model: A trained circuit; kernel models need no flow.
        data: CSV or Parquet with the columns of the training.
        backend: Where the circuits run.
        run: Under which terms: seed, project, what to do on refusal.
        fallback: Classical model that answers where the backend is refused or down.
        outside: What to do with rows outside the training range.
    """
    rows = prepare_rows(model, data, outside)
    plan = plan_prediction(model, rows, backend, run)
    try:
        plans, grants = pass_gates([plan], backend, run)
        return answer(plans[0], grants[0], run)
    except (Refused, BackendError) as error:
        if fallback is None:
            raise
        return answer_classically(fallback, rows, str(error))
