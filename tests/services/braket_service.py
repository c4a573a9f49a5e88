"""Loopback Braket, S3, STS and price list: the unmodified boto3 and Braket SDK talk to it.

`POST /control` with JSON sets what is named in `Settings` and returns the state: the log of calls,
the tasks, how many were created, and the bill. `reset` forgets everything first.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlparse

import braket_device
import braket_tasks
from braket_tasks import ENDED, WALK, Task

ACCOUNT = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/qml</Arn><UserId>U</UserId>
<Account>123456789012</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


@dataclass
class Settings:
    fail: list[list[Any]] = field(default_factory=list)
    """[status, code] or [status, code, message] of the next CreateQuantumTask calls, which then
    create nothing."""
    fail_reads: list[list[Any]] = field(default_factory=list)
    """The same of the next calls of the Braket service that are no CreateQuantumTask."""
    lose_answers: int = 0
    """The next tasks are created, but the connection closes without an answer."""
    fail_next_jobs: int = 0
    """The next tasks that are created end FAILED."""
    fail_executables: int = 0
    """So many of the first circuits of a program set fail, and its task completes."""
    hold: bool = False
    """Tasks stay QUEUED."""
    access_key: str = ""
    """The only one that is let in; empty: any is."""
    status: str = "ONLINE"
    updated_at: str = field(default_factory=braket_tasks.now)
    program_set: bool = True
    verbatim: bool = True
    noisy: bool = False


class Answer(Exception):
    """An answer that ends a request early."""

    def __init__(self, status: int, code: str, message: str = "injected") -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


class LostAnswer(Exception):
    pass


class Braket:
    """All that the service knows; one request at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.settings = Settings()
        self.tasks: dict[str, Task] = {}
        self.objects: dict[str, bytes] = {}
        self.log: list[tuple[str, str]] = []

    def control(self, changes: dict[str, Any]) -> dict[str, Any]:
        if changes.pop("reset", False):
            self.reset()
        unknown = set(changes) - {f.name for f in fields(Settings)}
        if unknown:
            raise Answer(400, "ValidationException", f"unknown settings {sorted(unknown)}")
        for name, value in changes.items():
            setattr(self.settings, name, value)
        tasks = self.tasks.values()
        return {
            "tasks": [braket_tasks.summary(task) for task in tasks],
            "creates": len(tasks),
            "bill": sum(task.microusd() for task in tasks),
            "calls": braket_tasks.calls(self.log),
            "log": self.log,
        }

    def inject(self, failures: list[list[Any]]) -> None:
        if failures:
            raise Answer(*failures.pop(0))

    def device(self, arn: str) -> dict[str, Any]:
        if arn != braket_device.ARN:
            raise Answer(404, "ResourceNotFoundException", f"no device {arn}")
        chosen = self.settings
        return braket_device.answer(
            chosen.status, chosen.updated_at, chosen.program_set, chosen.verbatim
        )

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        self.inject(self.settings.fail)
        same = [
            t for t in self.tasks.values() if t.request["clientToken"] == request["clientToken"]
        ]
        if same and same[0].request != request:
            raise Answer(400, "ValidationException", "the client token has another request")
        task = same[0] if same else self._new(request)
        if self.settings.lose_answers > 0:
            self.settings.lose_answers -= 1
            raise LostAnswer
        return {"quantumTaskArn": task.arn}

    def _new(self, request: dict[str, Any]) -> Task:
        if self.settings.status != "ONLINE":
            raise Answer(424, "DeviceOfflineException", "the device is offline")
        task = braket_tasks.new_task(request)
        if self.settings.fail_next_jobs > 0:
            self.settings.fail_next_jobs -= 1
            task.fails = True
        self.tasks[task.arn] = task
        return task

    def read(self, arn: str) -> dict[str, Any]:
        """The task, one step further than the reader before saw it."""
        task = self._task(arn)
        body = task.description()
        if task.state not in ENDED and not (self.settings.hold and task.state == "QUEUED"):
            self._advance(task)
        return body

    def _advance(self, task: Task) -> None:
        state = WALK[WALK.index(task.state) + 1]
        if state == "COMPLETED":
            task.ended_at = braket_tasks.now()
            state = "FAILED" if task.fails else state
        task.state = state
        if state == "COMPLETED":
            key = f"/{task.request['outputS3Bucket']}/{task.directory}/results.json"
            failing = self.settings.fail_executables
            self.objects[key] = braket_tasks.results(task, self.settings.noisy, failing)

    def _task(self, arn: str) -> Task:
        if arn not in self.tasks:
            raise Answer(404, "ResourceNotFoundException", f"no task {arn}")
        return self.tasks[arn]

    def cancel(self, arn: str) -> dict[str, Any]:
        task = self._task(arn)
        if task.state in ENDED:
            raise Answer(409, "ConflictException", f"the task is {task.state}")
        task.state, task.ended_at = "CANCELLED", braket_tasks.now()
        return {"quantumTaskArn": arn, "cancellationStatus": "CANCELLED"}

    def search(self, request: dict[str, Any]) -> dict[str, Any]:
        """Two tasks a page, newest first; filters by device only."""
        devices = [f["values"] for f in request["filters"] if f["name"] == "deviceArn"]
        found = [
            t for t in self.tasks.values() if all(t.request["deviceArn"] in d for d in devices)
        ]
        found.reverse()
        start = int(request.get("nextToken") or 0)
        page = [task.description() for task in found[start : start + 2]]
        return {"quantumTasks": page} | (
            {"nextToken": str(start + 2)} if start + 2 < len(found) else {}
        )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    braket = Braket()

    def log_message(self, *_: object) -> None:
        pass

    def answer(self) -> None:
        path = unquote(urlparse(self.path).path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            with self.braket.lock:
                status, content, kind = self._route(path, body)
        except Answer as early:
            headers = {"x-amzn-errortype": early.code}
            return self._send(early.status, json.dumps({"message": early.message}), headers)
        except LostAnswer:
            self.close_connection = True
            return None
        return self._send(status, content, {"Content-Type": kind, "ETag": '"loopback"'})

    def _route(self, path: str, body: bytes) -> tuple[int, str | bytes, str]:
        braket, method = self.braket, self.command
        if path == "/control":
            return 200, json.dumps(braket.control(json.loads(body or b"{}"))), "application/json"
        braket.log.append((method, path))
        if path == "/prices.csv":
            return 200, braket_device.PRICES, "text/csv"
        if f"Credential={braket.settings.access_key}" not in self.headers.get("Authorization", ""):
            raise Answer(403, "UnrecognizedClientException", "the security token is invalid")
        if path == "/" and method == "POST":
            return 200, ACCOUNT, "text/xml"
        if path == "/quantum-task" and method == "POST":
            return 201, json.dumps(braket.create(json.loads(body))), "application/json"
        if path.startswith(("/device/", "/quantum-task/", "/quantum-tasks")):
            braket.inject(braket.settings.fail_reads)
            return 200, json.dumps(self._read(path, body)), "application/json"
        return self._object(path, body)

    def _read(self, path: str, body: bytes) -> dict[str, Any]:
        if path == "/quantum-tasks":
            return self.braket.search(json.loads(body))
        kind, arn = path[1:].split("/", 1)
        if self.command == "PUT":
            return self.braket.cancel(arn.removesuffix("/cancel"))
        reader: Callable[[str], dict[str, Any]] = (
            self.braket.device if kind == "device" else self.braket.read
        )
        return reader(arn)

    def _object(self, path: str, body: bytes) -> tuple[int, bytes, str]:
        if self.command == "PUT":
            self.braket.objects[path] = body
            return 200, b"", "application/xml"
        if path in self.braket.objects:
            return 200, self.braket.objects[path], "application/octet-stream"
        return 404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>", "text/xml"

    def _send(self, status: int, content: str | bytes, headers: dict[str, str]) -> None:
        sent = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(sent))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(sent)

    do_GET = do_POST = do_PUT = do_HEAD = answer


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201
    server.serve_forever()
