"""The adjoint mode of the gradient against autograd: memory and time.

    python -m bench.adjoint [--qubits 18] [--layers 6] [--batch 4] [--json]

The circuit of `bench.vqc`. A state batch is the batch's state vectors, rows times 2^qubits complex
numbers; live tensor bytes are all that torch's allocator held at one time during a step, scratch
memory inside operations included.
"""

import argparse

from bench.command import run_bench
from bench.memory import peak_tensor_bytes
from bench.table import Bar, Row, Table, times_the_limit
from bench.timing import interleaved, timed
from bench.vqc import Problem, our_model

RUNS = 5
BATCHES, TIMES = Bar(6.0, "at most"), 2.5
FITS = (12, 14)
"""Qubits at which autograd's memory is no question."""


def memory(qubits: int, layers: int, batch: int) -> Table:
    """Live tensor bytes of one step in both modes, in state batches."""
    problem = Problem.random(qubits, layers, batch)
    state_batch = 16 * batch << qubits
    peaks = {}
    for gradient in ("adjoint", "autograd"):
        model = our_model(qubits, gradient)
        problem.step(model)  # what is kept from call to call is no part of a step
        peaks[gradient] = peak_tensor_bytes(lambda model=model: problem.step(model))
    return Table(
        f"Live tensor bytes of a gradient step, {qubits} qubits, {layers} layers, batch {batch}; "
        f"a state batch is {state_batch / 2**20:.0f} MiB",
        tuple(
            Row(mode, None, peak / state_batch, BATCHES if mode == "adjoint" else None, " batches")
            for mode, peak in peaks.items()
        ),
    )


def time(qubits: int, layers: int, batch: int) -> Table:
    """Both modes taking turns."""
    problem = Problem.random(qubits, layers, batch)
    models = {gradient: our_model(qubits, gradient) for gradient in ("adjoint", "autograd")}
    works = {name: timed(lambda model=m: problem.step(model)) for name, m in models.items()}
    found = interleaved(works, RUNS)
    return Table(
        f"Time of a gradient step, {qubits} qubits, {layers} layers, batch {batch}",
        (
            Row("adjoint", found["adjoint"]),
            times_the_limit("autograd", found["adjoint"], found["autograd"], TIMES),
        ),
    )


def tables(arguments: argparse.Namespace) -> list[Table]:
    layers, batch = arguments.layers, arguments.batch
    return [
        memory(arguments.qubits, layers, batch),
        *(time(qubits, layers, batch) for qubits in FITS),
    ]


if __name__ == "__main__":
    run_bench(__doc__, tables, qubits=18, layers=6, batch=4)
