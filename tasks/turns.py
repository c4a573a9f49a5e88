"""Threads that run jobs side by side make their circuits in turns, and wait side by side.

PennyLane 0.45 records circuits in one place for all threads: a gate that one thread makes while
another one records would end in the circuit of the other, and be bought.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_turn = threading.Lock()
_own = threading.local()


@contextmanager
def computing() -> Iterator[None]:
    """Make circuits, while no other thread of this process does that asks for its turn.

    Within its turn a thread may ask again.
    """
    if getattr(_own, "turn", False):
        yield
        return
    with _turn:
        _own.turn = True
        try:
            yield
        finally:
            _own.turn = False


@contextmanager
def waiting() -> Iterator[None]:
    """Let others compute; of a thread that has no turn, nothing changes."""
    if not getattr(_own, "turn", False):
        yield
        return
    _own.turn = False
    _turn.release()
    try:
        yield
    finally:
        _turn.acquire()
        _own.turn = True
