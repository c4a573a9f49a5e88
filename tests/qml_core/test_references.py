"""What references and grants say of themselves."""

from datetime import datetime, timezone

import pytest

from qml_core.references import Estimate, Grant
from qml_core.specs import BackendSpec

NOTHING = Estimate(
    circuits=0, shots=0, seconds=0, qpu_seconds=0, usd=0, state_bytes=0, stored_bytes=0
)


def grant(asked, used, reason):
    return Grant(
        plan_key="k",
        backend_asked=BackendSpec(name=asked),
        backend_used=BackendSpec(name=used),
        reason=reason,
        estimate=NOTHING,
        granted_at=datetime(2026, 11, 20, tzinfo=timezone.utc),
    )


@pytest.mark.parametrize(
    ("used", "reason", "because"),
    [
        (
            "qml.batched",
            "ibm.a refused: offline; qml.batched is an exact simulator: 0.00 USD",
            "ibm.a refused: offline",
        ),
        (
            "ibm.c",
            "ibm.a refused: too old; really; ibm.b refused: offline; ibm.c serves; 3 circuits",
            "ibm.a refused: too old; really; ibm.b refused: offline",
        ),
        ("ibm.b", "ibm.b serves; 3 circuits", "an earlier run began it there"),
    ],
)
def test_a_fallback_names_both_backends_and_every_refusal(used, reason, because):
    assert grant("ibm.a", used, reason).fallback == f"asked ibm.a, ran on {used} because {because}"


def test_the_backend_asked_for_is_no_fallback():
    assert grant("ibm.a", "ibm.a", "ibm.a serves").fallback is None
