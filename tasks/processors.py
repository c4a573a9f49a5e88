"""Processors: a worker that shares its machine computes with its own share of threads."""

import sys

import torch


def take_share_of_processors() -> None:
    """On a Dask worker, as many torch threads as the worker has; elsewhere nothing changes."""
    if "distributed.worker" not in sys.modules:
        return
    from distributed import get_worker

    try:
        worker = get_worker()
    except ValueError:  # Dask is imported, but this is not one of its workers
        return
    torch.set_num_threads(max(1, worker.state.nthreads))
