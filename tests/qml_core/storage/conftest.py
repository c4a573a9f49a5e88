"""Stores to test, and a proxy that breaks the S3 protocol on purpose."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from numpy.typing import NDArray

from qml_core.kernels.blocks import block_slices, cover
from qml_core.keys import digest
from qml_core.references import ArtifactRef, BlockReceipt, DatasetRef, Estimate, KernelPlan
from qml_core.specs import BackendSpec, KernelSpec
from qml_core.storage.blocks import put_block
from qml_core.storage.store import ArtifactStore, open_store

Matrix = NDArray[np.float64]


@pytest.fixture
def local_store(tmp_path: Path) -> ArtifactStore:
    return open_store((tmp_path / "store").as_uri())


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest) -> ArtifactStore:
    """The same test on a local directory and on a real S3 server."""
    if request.param == "local":
        return request.getfixturevalue("local_store")
    return open_store(request.getfixturevalue("s3_url"))


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


CODES = {"500": "InternalError", "503": "SlowDown", "409": "ConditionalRequestConflict"}
Rule = Callable[[Request, int], str | None]
"""Names the fault of the n-th request, counted from 1; None forwards it untouched."""


@dataclass
class Proxy:
    """Forwards to the S3 server but for what `rule` says of a request.

    Faults: 500, 503, 409 (an answer), reset and hang (no answer), lost (forwarded, answer dropped),
    truncate and flip (the answer's body), unconditional (If-None-Match is ignored).
    """

    server: Any
    credentials: Credentials
    rule: Rule = lambda request, number: None
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await _read_request(reader, writer)
            self.requests.append(request)
            fault = self.rule(request, len(self.requests))
            if fault == "hang":
                await reader.read()  # until the client gives up
                return
            answer = await self._answer(request, fault)
            if answer is None:
                writer.transport.abort()
                return
            writer.write(answer)
            await writer.drain()
        writer.close()

    async def _answer(self, request: Request, fault: str | None) -> bytes | None:
        if fault in CODES:
            body = f"<Error><Code>{CODES[fault]}</Code></Error>".encode()
            return _head(f"{fault} Fault", len(body)) + body
        if fault == "reset":
            return None
        if fault == "unconditional":
            self._sign_without_condition(request)
        answer = await self._forward(request)
        if fault == "lost":
            return None
        if fault == "truncate":
            return answer[:-1]
        return answer[:-1] + bytes([answer[-1] ^ 1]) if fault == "flip" else answer

    async def _forward(self, request: Request) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(self.server).port)
        lines = [f"{request.method} {request.target} HTTP/1.1"]
        lines += [f"{k}: {v}" for k, v in request.headers.items()]
        writer.write("\r\n".join([*lines, "connection: close", "", ""]).encode() + request.body)
        answer = await reader.read()
        writer.close()
        return answer

    def _sign_without_condition(self, request: Request) -> None:
        request.headers.pop("if-none-match", None)
        kept = {
            k: v for k, v in request.headers.items() if k not in ("authorization", "x-amz-date")
        }
        url = f"http://{request.headers['host']}{request.target}"
        signed = AWSRequest(request.method, url, headers=kept, data=request.body)
        S3SigV4Auth(self.credentials, "s3", "us-east-1").add_auth(signed)
        request.headers = {k.lower(): v for k, v in signed.headers.items()}


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    headers.pop("connection", None)
    if headers.pop("expect", None):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body)


def _head(status: str, length: int) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n".encode()


@pytest.fixture
def proxy(s3_url: str, s3_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before the S3 server; stores opened from now on go through it."""
    keys = Credentials(s3_server.access_key, s3_server.secret_key)
    proxy = Proxy(s3_server.endpoint, keys)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    listening = run(asyncio.start_server(proxy.serve, "127.0.0.1", 0))
    proxy.port = listening.sockets[0].getsockname()[1]
    monkeypatch.setenv("QML_S3_ENDPOINT_URL", proxy.endpoint)
    yield proxy
    loop.call_soon_threadsafe(listening.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def proxied(proxy: Proxy, s3_url: str) -> ArtifactStore:
    """The S3 store behind the proxy."""
    return open_store(s3_url)


@pytest.fixture
def make_plan() -> Callable[..., KernelPlan]:
    """Plans of small matrices; `name` changes the key."""

    def make(
        shape: tuple[int, int] = (10, 10), edge: int = 4, symmetric: bool = True, name: str = "a"
    ) -> KernelPlan:
        ref = {"store": "file:///s", "path": "p", "sha256": "0" * 64}
        data = DatasetRef(
            **ref,
            name="toy",
            digest="d",
            task="classification",
            rows=max(2, *shape),
            features=2,
            raw_columns=("a", "b"),
            target="y",
            classes=("0", "1"),
            n_train=shape[1],
            n_test=shape[0],
            split_seed=0,
            preprocessing=ArtifactRef(**ref),
        )
        return KernelPlan(
            key=digest(f"{name} {shape} {edge} {symmetric}".encode()),
            data=data,
            kernel=KernelSpec(),
            backend=BackendSpec(),
            rows="all" if symmetric else "test",
            columns="all" if symmetric else "train",
            shape=shape,
            symmetric=symmetric,
            n_qubits=2,
            parts=(2,),
            edge=edge,
            shards=(cover(shape, edge, symmetric=symmetric),),
            seed=None,
            estimate=Estimate(
                circuits=1, shots=0, seconds=1, qpu_seconds=0, usd=0, state_bytes=1, stored_bytes=1
            ),
        )

    return make


@pytest.fixture
def make_matrix() -> Callable[[KernelPlan], Matrix]:
    """A random matrix of the plan's shape with entries in [0, 1)."""

    def make(plan: KernelPlan, seed: int = 0) -> Matrix:
        values = np.random.default_rng(seed).random(plan.shape)
        return (values + values.T) / 2 if plan.symmetric else values

    return make


@pytest.fixture
def put_blocks() -> Callable[[ArtifactStore, KernelPlan, Matrix], list[BlockReceipt]]:
    """Store every block of a matrix."""

    def put(store: ArtifactStore, plan: KernelPlan, matrix: Matrix) -> list[BlockReceipt]:
        receipts = []
        for block in plan.blocks:
            values = matrix[block_slices(block, plan.shape, plan.edge)]
            receipts.append(put_block(store, plan.key, block, values, 0.5))
        return receipts

    return put


@pytest.fixture
def flip_bit() -> Callable[[ArtifactStore, str, int], None]:
    """Damage one bit of a stored object where it lies."""

    def flip(store: ArtifactStore, path: str, bit: int) -> None:
        data = bytearray(store.get(path))
        data[bit // 8 % len(data)] ^= 1 << bit % 8
        store.put(path, bytes(data))

    return flip
