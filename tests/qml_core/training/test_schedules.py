"""Learning rates over the epochs."""

import pytest

from qml_core.specs.training import TrainingSpec
from qml_core.training.schedules import SCHEDULES, learning_rate


def rates(schedule: str, epochs: tuple[int, ...]) -> list[float]:
    spec = TrainingSpec(schedule=schedule, learning_rate=0.2, decay=0.5, epochs=10)
    return [learning_rate(spec, epoch) for epoch in epochs]


def test_a_constant_rate_stays() -> None:
    assert rates("constant", (1, 5, 50)) == [0.2, 0.2, 0.2]


def test_an_exponential_rate_is_multiplied_each_epoch() -> None:
    assert rates("exponential", (1, 2, 4)) == pytest.approx([0.2, 0.1, 0.025])


def test_a_cosine_starts_full_is_half_in_the_middle_and_ends_at_zero() -> None:
    assert rates("cosine", (1, 6, 11, 40)) == pytest.approx([0.2, 0.1, 0.0, 0.0])


def test_every_schedule_of_the_spec_is_there() -> None:
    names = TrainingSpec.model_json_schema()["properties"]["schedule"]["enum"]
    assert set(names) == set(SCHEDULES)
