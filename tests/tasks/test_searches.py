"""Searches opened: how their trials fall into rounds."""

import pytest

from qml_core.specs import SearchSpec
from tasks.searches import round_size

SPACE = {"a": [0, 1, 2], "b": [0, 1], "c": [0, 1]}


def asked(trials, batch, initial):
    return SearchSpec(
        space=SPACE,
        objective={"function": "any:function"},
        trials=trials,
        batch=batch,
        initial=initial,
    )


@pytest.mark.parametrize("trials", [1, 7, 12, 40])
@pytest.mark.parametrize("batch", [1, 4, 5, 40])
@pytest.mark.parametrize("initial", [None, 0, 3, 5, 40])
def test_the_rounds_foretold_are_those_that_are_run(trials, batch, initial):
    search, sizes = asked(trials, batch, initial), []
    while sum(sizes) < search.budget:
        sizes.append(round_size(search, sum(sizes)))
    assert len(sizes) == search.rounds
    assert sum(sizes) == search.budget
    assert search.design in [sum(sizes[:k]) for k in range(len(sizes) + 1)]
