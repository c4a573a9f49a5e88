"""A peer's side of the conversation: a job on the first line, then one run for every line."""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Work = Callable[[], Any]


def serve(prepare: Callable[..., tuple[Work, Callable[[Any], Any]]]) -> None:
    """Answer every line with a run's wall time, seconds, and what it computed.

    Args:
        prepare: from the job, the work to measure and how to report what it returned.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's chatter is no answer
    work, report = prepare(**json.loads(sys.stdin.readline()))
    print("{}", file=answers, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - began
        line = json.dumps({"seconds": seconds, "answer": report(result)})
        print(line, file=answers, flush=True)
