"""Devices opened for a task: credentials, the ledger, a slot of the device, jobs run or bought."""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Protocol
from uuid import uuid4

from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from qml_core.backend_names import provider_of
from qml_core.budget.delivery import VARIABLE as WEBHOOK
from qml_core.budget.ledger import Ledger, open_ledger
from qml_core.errors import BackendDenied
from qml_core.hardware.orders import Patience
from qml_core.hardware.protocol import QuantumBackend
from qml_core.hardware.purchase import Buyer
from qml_core.hardware.registry import noise_record, open_backend
from qml_core.hardware.running import PaidRun, Run, SimulatedRun
from qml_core.references import Calibration
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.jobs import put_calibration
from qml_core.storage.probe import open_checked_store
from tasks import turns

SECRETS: dict[str, tuple[str, ...]] = {
    "ibm": ("QISKIT_IBM_TOKEN", "QISKIT_IBM_INSTANCE"),
    "braket": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    "ionq": ("IONQ_API_KEY",),
    "watch": (WEBHOOK,),
}
"""Where a variable is not set, `<variable>_BLOCK` may name a Prefect Secret block instead."""

SLOTS = 8
"""Jobs at once on a device, unless its limit is set otherwise in Prefect."""

_open = threading.local()


class Planned(Protocol):
    """A plan whose parts are run as jobs."""

    @property
    def key(self) -> str:
        """Of the plan."""

    @property
    def store(self) -> str:
        """URL of the store its jobs are noted in."""


def now() -> datetime:
    return datetime.now(timezone.utc)


def own_ledger() -> Ledger:
    """The ledger of the settings, open once per process; raises LedgerUnavailable."""
    return _ledger(Settings.from_environment().ledger_url)


@lru_cache(maxsize=8)
def _ledger(url: str) -> Ledger:
    return open_ledger(url)


def device(spec: BackendSpec, seed: int) -> QuantumBackend:
    """The backend, open once per thread, anew where environment or record have changed.

    Its credentials are read here and nowhere else; raises as open_backend and credentials.
    """
    found: dict[str, tuple[int, QuantumBackend]] = _open.__dict__
    key, environment = f"{spec.name} {spec.noise} {seed}", frozenset(os.environ.items())
    state = hash((noise_digest(spec), environment))
    if key not in found or found[key][0] != state:
        secrets = SECRETS.get(provider_of(spec.name) or "", ())
        found[key] = state, open_backend(spec, seed, credentials(secrets))
    return found[key][1]


def noise_digest(spec: BackendSpec) -> str | None:
    """Digest of the record that a noisy simulator follows: it changes the numbers."""
    record = noise_record(spec)
    return None if record is None else record.digest


def credentials(
    secrets: Iterable[str], environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The environment, with the secrets that Prefect's blocks hold; never logged nor returned.

    Raises:
        BackendDenied: a named block cannot be read, or holds no text.
    """
    found = dict(environment)
    for variable in secrets:
        block = found.get(f"{variable}_BLOCK")
        if block and not found.get(variable):
            found[variable] = _text_of(block, variable)
    return found


def _text_of(block: str, variable: str) -> str:
    try:
        # not its get(), which would read a key of digits as a number
        text = Secret.load(block).value.get_secret_value()  # type: ignore[union-attr]
    except ValueError:
        text = None
    if isinstance(text, str) and text:
        return text
    # without a cause, which may quote what the block holds, and without the name, for which
    # someone may have taken the secret itself
    raise BackendDenied(
        f"{variable}_BLOCK names no Secret block of Prefect that can be read as text",
        f"create a Secret block of that name, or set {variable} itself",
    )


@contextmanager
def device_slot(name: str) -> Iterator[None]:
    """One of the device's slots, a global concurrency limit of Prefect that is made if missing."""
    limit = f"qml-{name}"
    _ensure_limit(limit)
    with ExitStack() as taken:
        with turns.waiting():  # whoever has the slot may need its turn to give it back
            taken.enter_context(concurrency(limit, occupy=1, strict=True))
        yield


def _ensure_limit(name: str) -> None:
    with get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            with suppress(ObjectAlreadyExists):  # another worker was quicker
                client.create_global_concurrency_limit(
                    GlobalConcurrencyLimitCreate(name=name, limit=SLOTS)
                )


def open_run(plan: Planned, used: BackendSpec, run: RunSpec) -> Run:
    """Runs parts of a plan: simulators at once, devices through the ledger and the gates."""
    backend = device(used, run.seed)
    if used.kind != "qpu":
        return SimulatedRun(plan.key, backend, _stored_noise(plan, used))
    store = open_checked_store(plan.store)
    return PaidRun(plan.key, open_buyer(backend, run), store, run)


def _stored_noise(plan: Planned, used: BackendSpec) -> Calibration | None:
    """The record that a noisy simulator follows, kept in the store beside what it gave."""
    record = noise_record(used)
    if record is not None:
        put_calibration(open_checked_store(plan.store), record)
    return record


def open_buyer(backend: QuantumBackend, run: RunSpec) -> Buyer:
    """Buys for one task; its holder is no other's."""
    settings = Settings.from_environment()
    patience = Patience(
        timeout=timedelta(hours=run.job_timeout_h),
        lease=timedelta(seconds=settings.job_lease_s),
        grace=timedelta(seconds=settings.job_grace_s),
    )
    return Buyer(backend, own_ledger(), uuid4().hex, now, _sleep, patience)


def _sleep(seconds: float) -> None:
    """Wait, and let other threads of this process make their circuits meanwhile."""
    with turns.waiting():
        time.sleep(seconds)
