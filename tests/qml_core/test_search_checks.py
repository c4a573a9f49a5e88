"""What a search, its data set and its backends cannot be together."""

import pytest

from qml_core.errors import SpecError
from qml_core.specs import (
    BackendSpec,
    DatasetSpec,
    KernelSpec,
    ModelSpec,
    ObjectiveSpec,
    PromotionSpec,
    SearchSpec,
    check_search,
)
from qml_core.specs.search_checks import check_objective_task

DATA = DatasetSpec(name="moons")
SHOTS = BackendSpec(shots=100)


def search(space=None, promote=(), **objective) -> SearchSpec:
    return SearchSpec(
        space=space or {"C": [1.0, 2.0]}, objective=ObjectiveSpec(**objective), promote=promote
    )


@pytest.mark.parametrize(
    ("asked", "data", "backend"),
    [
        (search(), DATA, BackendSpec()),
        (search({"C": [1.0, 2.0], "bandwidth": [0.1, 0.2]}), DATA, SHOTS),
        (search(promote=(PromotionSpec(backend=SHOTS),)), DATA, None),
        (search({"max_depth": [1, 2]}, classical="xgboost", metric="log_loss"), DATA, None),
        (search({"alpha": [0.1, 1.0]}, classical="mlp", metric="log_loss"), DATA, None),
        (search({"nu": ["inf", 0.5]}, classical="gaussian_process", metric="r2"), DATA, None),
        (search({"x": [1, 2]}, function="a.b:c"), None, None),
        (search({"layers": [1, 2]}, model=ModelSpec(name="hybrid"), metric="r2"), DATA, None),
        (search({"encoding": ["angle", "zz"], "reps": [1, 3]}), DATA, None),
        (search({"layers": [1, 2]}, model=ModelSpec(name="vqc")), DATA, SHOTS),
    ],
)
def test_a_search_that_can_be_done_is_let_in(asked, data, backend):
    check_search(asked, data, backend)


@pytest.mark.parametrize(
    ("asked", "data", "backend", "reason"),
    [
        (search(function="a:b"), DATA, None, "takes no data set"),
        (search(function="a:b"), None, SHOTS, "runs no circuits"),
        (search(function="a:b", promote=(PromotionSpec(backend=SHOTS),)), None, None, "promote"),
        (search(), None, None, "qsvc needs a data set"),
        (search(classical="ridge"), None, None, "ridge needs a data set"),
        (search(classical="ridge"), DATA, SHOTS, "runs no circuits"),
        (search({"Cs": [1.0, 2.0]}), DATA, None, "near names"),
        (search({"reps": [1, 2], "kernel.encoding.reps": [1, 2]}), DATA, None, "twice"),
        (search({"C": [-1.0, -2.0]}), DATA, None, "every configuration of the space is refused"),
        (search({"x": [1, 2**63]}, function="a:b"), None, None, "64 bits"),
        (search(metric="r2"), DATA, None, "metric=r2"),
        (search(model=ModelSpec(name="qsvr"), metric="accuracy"), DATA, None, "metric=accuracy"),
        (search(metric="log_loss"), DATA, None, "probabilities"),
        (search(classical="rbf_svm", metric="log_loss"), DATA, None, "probabilities"),
        (search(classical="poly_svm", metric="log_loss"), DATA, None, "probabilities"),
        (search(model=ModelSpec(kernel_training=3)), DATA, None, "kernel_training=3"),
        (
            search(
                {"layers": [1, 2]}, model=ModelSpec(name="vqc", training={"gradient": "adjoint"})
            ),
            DATA,
            SHOTS,
            "gradient=adjoint needs exact states, found 100 shots",
        ),
        (
            search(model=ModelSpec(kernel=KernelSpec(kind="projected"))),
            DATA,
            SHOTS,
            "only the fidelity kernel",
        ),
        (
            search(
                {"layers": [1, 2]},
                model=ModelSpec(name="vqr", training={"optimiser": "lbfgs"}),
                promote=(PromotionSpec(backend=SHOTS),),
            ),
            DATA,
            None,
            "optimiser=lbfgs needs exact values",
        ),
    ],
)
def test_a_search_that_cannot_be_done_is_refused_at_the_door(asked, data, backend, reason):
    with pytest.raises(SpecError, match=reason):
        check_search(asked, data, backend)


@pytest.mark.parametrize(
    ("objective", "task", "reason"),
    [
        (ObjectiveSpec(), "regression", "model.name=qsvr"),
        (ObjectiveSpec(classical="logistic"), "regression", "use ridge"),
        (ObjectiveSpec(classical="ridge", metric="r2"), "classification", "metric=r2"),
        (
            ObjectiveSpec(model=ModelSpec(name="hybrid"), metric="f1_macro"),
            "regression",
            "metric=f1_macro",
        ),
    ],
)
def test_an_objective_of_another_task_than_the_data_is_refused(objective, task, reason):
    with pytest.raises(SpecError, match=reason):
        check_objective_task(objective, task, "target 'y' of a.csv")
