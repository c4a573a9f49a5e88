"""Nothing runs where it cannot help by design, and nothing is paid for where it is not worth it."""

from collections.abc import Sequence

from qml_core.errors import ScreenRefused
from qml_core.references.benchmark import ScreenRef
from qml_core.specs.benchmark import BenchmarkSpec


def check_screens(screens: Sequence[ScreenRef], benchmark: BenchmarkSpec, paid: bool) -> None:
    """Raise ScreenRefused where a screen speaks against the benchmark, unless it is forced.

    A data set on which a quantum model cannot help by design stops every benchmark; a model that
    is not worth a QPU only those that are paid for.

    Args:
        paid: whether circuits run on a QPU that costs money.
    """
    if benchmark.force:
        return
    excluded = [screen for screen in screens if screen.excluded]
    if excluded:
        raise ScreenRefused(
            f"a quantum model cannot help by design on {_told(excluded)}",
            f"{_instead(excluded)}, or run it all the same with --force",
        )
    against = [screen for screen in screens if paid and not screen.worth]
    if against:
        raise ScreenRefused(
            f"the screen says not to pay for {_told(against)}",
            f"{_instead(against)}, leave these models out, run them on a simulator, or pay all the "
            "same with --force",
        )


def _told(screens: Sequence[ScreenRef]) -> str:
    """Each with its reasons; the sentences lose their full stops."""
    return "; ".join(f"{_name(screen)}: {_reasons(screen)}" for screen in screens)


def _name(screen: ScreenRef) -> str:
    return f"{screen.model} on {screen.data}" if screen.model else screen.data


def _reasons(screen: ScreenRef) -> str:
    return ", ".join(r.said.rstrip(".") for r in screen.reasons if r.against)


def _instead(screens: Sequence[ScreenRef]) -> str:
    names = dict.fromkeys(screen.instead for screen in screens if screen.instead)
    return f"use {' or '.join(names)} instead" if names else "use a classical model instead"
