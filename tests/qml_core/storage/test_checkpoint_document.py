"""A training state as tensors and a document, and back bit by bit."""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from training_states import (
    KEY,
    MODEL,
    bits_of,
    make_network,
    make_record,
    make_state,
)

from qml_core.storage.checkpoint_document import (
    encode_checkpoint,
    network_shape,
    state_of,
    state_tensors,
)
from qml_core.storage.sealed import unseal
from qml_core.storage.tensors import decode_tensors
from qml_core.training.state import OptimiserState, TrainingState


def round_trip(state: TrainingState) -> TrainingState:
    tensors = state_tensors(state)
    data = encode_checkpoint(KEY, state, make_network(state), "there", "0" * 64)
    return state_of(unseal(data, "here"), decode_tensors(tensors, "there"), "here")


def test_a_state_before_the_first_step_comes_back() -> None:
    state = TrainingState(
        epoch=0,
        step=0,
        parameters={"theta": torch.zeros(0, dtype=torch.float64)},
        optimiser=OptimiserState(),
        generator={},
        order=np.zeros(0, dtype=np.int64),
    )
    assert bits_of(round_trip(state)) == bits_of(state)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(), max_size=5),
    st.lists(st.floats(), min_size=1, max_size=4),
    st.text(max_size=9),
)
def test_any_floats_come_back(tensor: list[float], numbers: list[float], finished: str) -> None:
    rows = tuple(
        replace(make_record(k), loss=x, layer_norms=tuple(numbers)) for k, x in enumerate(numbers)
    )
    state = replace(
        make_state(),
        parameters={"theta": torch.tensor(tensor, dtype=torch.float64)},
        history=rows,
        sums={"values": numbers},
        finished=finished,
    )
    found = round_trip(state)
    nan_free = [x for x in numbers if x == x]
    assert [x.hex() for x in found.sums["values"] if x == x] == [x.hex() for x in nan_free]
    assert bits_of(found.parameters) == bits_of(state.parameters)
    assert bits_of(found.history) == bits_of(state.history)
    assert found.finished == finished


def test_tensors_that_share_memory_or_are_views_are_stored_each_for_itself() -> None:
    base = torch.arange(12, dtype=torch.float64)
    shared = {"whole": base, "again": base, "columns": base.reshape(3, 4).T, "part": base[3:5]}
    shared["trained"] = torch.nn.Parameter(base)
    found = round_trip(replace(make_state(), parameters=shared)).parameters
    assert list(found) == list(shared)
    assert all(torch.equal(found[name], shared[name]) for name in shared)


def test_the_number_of_qubits_may_be_asked_for_or_left_out() -> None:
    encoding = MODEL.circuit.encoding.model_copy(update={"n_qubits": 3})
    asked = MODEL.model_copy(
        update={"circuit": MODEL.circuit.model_copy(update={"encoding": encoding})}
    )
    parameters = make_state().parameters
    assert network_shape(asked, parameters) == network_shape(MODEL, parameters)
