"""Loopback IonQ to the published API v0.4: the adapter and PennyLane's own plugin talk to it.

`POST /control` with JSON sets what is named in `Settings` and returns the state: the log of calls,
the jobs, how many were created, and the bill. `reset` forgets everything first.
"""

import json
import re
import threading
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlparse

import ionq_device
import ionq_jobs
import numpy as np
from ionq_device import QPU
from ionq_jobs import ENDED, SIMULATOR, Job

ROUTE = re.compile(r"/v0\.4/(jobs|backends)(?:/([^/]+))?(?:/(.+))?")


@dataclass
class Settings:
    key: str = ""
    """The API key that is right; none is while it is empty."""
    fail: list[list[Any]] = field(default_factory=list)
    """[status, body] answers of the next submissions, which then create nothing."""
    fail_reads: list[list[Any]] = field(default_factory=list)
    """The same of the next calls that are no submission."""
    lose_answers: int = 0
    """The next jobs are created, but the connection closes without an answer."""
    fail_next_jobs: list[str] = field(default_factory=list)
    """Codes with which the next jobs that are created end."""
    hold: str = ""
    """The status at which jobs stay."""
    reverse_children: bool = False
    status: str = "available"
    degraded: bool = False
    taken_at: str | None = field(default_factory=ionq_jobs.now)
    """Date of the characterization; none: there is none."""
    unit: str = "usd"
    """Of costs; `credit` for organisations that are billed in credits."""
    mixing: float = 0.0
    """Share of the uniform distribution in what is read out."""
    page: int = 25


class Answer(Exception):
    """An answer that ends a request early."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        said = {"statusCode": status, "error": "Error", "message": body}
        self.body = body if isinstance(body, dict) else said


class LostAnswer(Exception):
    pass


class IonQ:
    """All that the service knows; one request at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.settings = Settings()
        self.jobs: list[Job] = []
        self.log: list[tuple[str, str]] = []
        self.rng = np.random.default_rng(7)

    def control(self, changes: dict[str, Any]) -> dict[str, Any]:
        if changes.pop("reset", False):
            self.reset()
        if unknown := set(changes) - {f.name for f in fields(Settings)}:
            raise Answer(400, f"unknown settings {sorted(unknown)}")
        for name, value in changes.items():
            setattr(self.settings, name, value)
        return {
            "jobs": [job.description() | {"request": job.request} for job in self.jobs],
            "creates": len(self.jobs),
            "posts": self.log.count(("POST", "/v0.4/jobs")),
            "bill": sum(job.microusd() for job in self.jobs),
            "log": self.log,
        }

    def authorize(self, header: str | None) -> None:
        if not self.settings.key or header != f"apiKey {self.settings.key}":
            raise Answer(401, "Invalid key provided")

    def inject(self, failures: list[list[Any]]) -> None:
        if failures:
            status, body = failures.pop(0)
            raise Answer(status, body)

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        self.inject(self.settings.fail)
        if request.get("backend") not in (QPU, SIMULATOR):
            raise Answer(400, f"no backend {request.get('backend')}")
        try:
            job = ionq_jobs.new_job(request)
        except (KeyError, TypeError, ValueError) as error:
            raise Answer(400, str(error)) from error
        if self.settings.fail_next_jobs:
            job.fails_with = self.settings.fail_next_jobs.pop(0)
        self.jobs.append(job)
        if self.settings.lose_answers > 0:
            self.settings.lose_answers -= 1
            raise LostAnswer
        return {"id": job.id, "status": job.status, "session_id": None}

    def search(self, query: dict[str, str]) -> dict[str, Any]:
        parent = query.get("parent_job_id")
        found = [
            job
            for job in ionq_jobs.listed(self.jobs)
            if parent is None or (job.parent is not None and job.parent.id == parent)
        ]
        start = int(query.get("next") or 0)
        end = start + min(int(query.get("limit") or 25), self.settings.page)
        more = str(end) if end < len(found) else None
        return {"jobs": [job.description() for job in found[start:end]], "next": more}

    def job(self, identifier: str) -> Job:
        for job in ionq_jobs.listed(self.jobs):
            if job.id == identifier:
                return job
        raise Answer(404, f"no job {identifier}")

    def read(self, job: Job) -> dict[str, Any]:
        """The job, one step further than the reader before saw it."""
        if job.status not in (*ENDED, self.settings.hold):
            job.advance()
        return job.description(self.settings.reverse_children)

    def result(self, job: Job) -> dict[str, Any]:
        if job.status != "completed":
            raise Answer(404, f"job {job.id} is not completed")
        return job.result(self.rng, self.settings.mixing)

    def cost(self, job: Job) -> dict[str, Any]:
        usd = job.usd()
        if usd is None:
            return {"dry_run": False}
        said = {"unit": self.settings.unit, "value": usd}
        done = {"cost": said} if job.status == "completed" else {}
        return {"dry_run": False, "estimated_cost": said, **done}

    def estimate(self, query: dict[str, str]) -> dict[str, Any]:
        one, two = int(query.get("1q_gates", 0)), int(query.get("2q_gates", 0))
        return {
            "estimate_context": query,
            "estimated_at": ionq_jobs.now(),
            "estimated_unit": self.settings.unit,
            "estimated_total_cost": ionq_jobs.price(one, two, int(query.get("shots", 1000))),
            "estimated_execution_time": 96250,
            "current_predicted_queue_time": 397577,
        }

    def cancel(self, job: Job) -> dict[str, Any]:
        if job.status in ENDED:
            raise Answer(409, f"job {job.id} is {job.status}")
        job.end("canceled")
        return {"id": job.id, "status": job.status}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's acknowledgement
    ionq = IonQ()

    def log_message(self, *_: object) -> None:
        pass

    def answer(self) -> None:
        url = urlparse(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        try:
            with self.ionq.lock:
                status, content = self._route(url.path, dict(parse_qsl(url.query)), body)
        except Answer as early:
            status, content = early.status, early.body
        except LostAnswer:
            self.close_connection = True
            return
        sent = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def _route(self, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        ionq = self.ionq
        if path == "/control":
            return 200, ionq.control(body)
        ionq.log.append((self.command, path))
        ionq.authorize(self.headers.get("Authorization"))
        if (self.command, path) == ("POST", "/v0.4/jobs"):
            return 201, ionq.create(body)
        ionq.inject(ionq.settings.fail_reads)
        found = ROUTE.fullmatch(path)
        if found is None:
            raise Answer(404, path)
        kind, name, rest = found.groups()
        return 200, self._jobs(name, rest, query) if kind == "jobs" else self._backends(name, rest)

    def _jobs(self, name: str | None, rest: str | None, query: dict[str, str]) -> Any:
        ionq = self.ionq
        if name is None:
            return ionq.search(query)
        if name == "estimate":
            return ionq.estimate(query)
        job = ionq.job(name)
        actions = {("GET", None): ionq.read, ("GET", "results/probabilities"): ionq.result}
        actions |= {("GET", "cost"): ionq.cost, ("PUT", "status/cancel"): ionq.cancel}
        if (self.command, rest) not in actions:
            raise Answer(404, f"{self.command} {name}/{rest}")
        return actions[self.command, rest](job)

    def _backends(self, name: str | None, rest: str | None) -> Any:
        chosen = self.ionq.settings
        listed = ionq_device.backends(chosen.status, chosen.degraded, chosen.taken_at)
        if name is None:
            return listed
        named = [each for each in listed if each["backend"] == name]
        if not named:
            raise Answer(404, f"no backend {name}")
        if rest is None:
            return named[0]
        records = ionq_device.characterizations(chosen.taken_at)
        if rest == "characterizations":
            return {"characterizations": records, "pages": 0}
        return records[0]

    do_GET = do_POST = do_PUT = answer


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201
    server.serve_forever()
