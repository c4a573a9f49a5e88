"""What kernel training takes, known from the specs."""

import pytest

from qml_core.errors import SpecError
from qml_core.kernels.training_plan import BATCH, forecast_training, rows_of_step
from qml_core.specs import BackendSpec, ModelSpec


def plan(n_train=400, features=4, **model):
    return forecast_training(ModelSpec(**model), BackendSpec(), n_train, features, splits=3)


def test_every_kernel_of_the_grid_is_trained_on_every_split():
    found = plan(kernel_training=20)
    assert (found.kernels, found.steps, found.rows) == (3 * 4, 20, BATCH)
    assert plan(n_train=50, kernel_training=20).rows == 50
    assert plan(kernel_training=40).seconds == pytest.approx(2 * found.seconds)
    assert plan() is None


def test_a_step_has_fewer_rows_where_states_are_large_and_too_few_are_refused():
    assert rows_of_step(2.0**17) == 2**30 // (96 * 2**17) == 85
    with pytest.raises(SpecError, match="699,050 amplitudes a row, found 1,048,576"):
        rows_of_step(2.0**20)
    assert plan(features=40, kernel_training=1, kernel={"encoding": {"name": "angle"}}).rows == 128
    with pytest.raises(SpecError, match="kernel_training=0"):
        plan(features=20, kernel_training=1)
