"""The ledger of the settings and the backends of the registry, opened when a verb needs them."""

from typing import TYPE_CHECKING

from qml_core.settings import Settings
from qml_core.specs import BackendSpec

if TYPE_CHECKING:
    from qml_core.budget.ledger import Ledger
    from qml_core.hardware.protocol import QuantumBackend


def open_own_ledger() -> "Ledger":
    """The ledger of the settings; raises LedgerUnavailable where it does not answer."""
    from qml_core.budget.ledger import open_ledger

    return open_ledger(Settings.from_environment().ledger_url)


def find_backend(name: str) -> "QuantumBackend":
    """A backend opened to be asked, not to compute with; raises QMLError."""
    from qml_core.hardware.registry import open_backend

    return open_backend(BackendSpec(name=name))
