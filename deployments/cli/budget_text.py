"""How budgets read on a screen of 80 columns: what was taken as a bar, amounts by their point."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from deployments.cli.layout import labelled, paragraph
from deployments.cli.money import usd, usd_column
from qml_core.references import BudgetStanding, Charge

if TYPE_CHECKING:
    from qml_core.budget.entries import Entry
    from qml_core.budget.reconcile import Finding

BAR = 40
SPENT, RESERVED, FREE = "█", "▒", "░"
KEY_DIGITS = 12


def standing(found: BudgetStanding, now: datetime) -> str:
    """A budget: name and window, bar, amounts, then what a person should know."""
    window = f"{found.window_start:%Y-%m-%d} to {found.window_end:%Y-%m-%d}"
    head = f"{click.style(found.project, bold=True)}  {click.style(window, dim=True)}"
    if not found.cap.microusd and found.spent == found.reserved == Charge():
        return f"{head}\n  no budget, nothing is submitted: `qml budget set {found.project} USD`"
    return "\n".join([head, "", f"  {_bar(found)}", "", *_amounts(found), "", _facts(found, now)])


def _bar(found: BudgetStanding) -> str:
    cap = found.cap.microusd or 1
    spent = min(BAR, round(BAR * found.spent.microusd / cap))
    taken = min(BAR, max(spent, round(BAR * found.used)))
    colour = "red" if found.used >= 0.9 else "yellow" if found.used >= 0.75 else "green"
    bar = click.style(SPENT * spent + RESERVED * (taken - spent), fg=colour)
    return f"{bar}{FREE * (BAR - taken)}  {found.used:.1%} of {usd(found.cap.microusd)} USD"


def _amounts(found: BudgetStanding) -> Iterator[str]:
    capped = found.cap_qpu_ms is not None
    rows = {
        "cap": (found.cap, capped),
        "spent": (found.spent, True),
        "overrun": (found.overrun, True),
        "reserved": (found.reserved, True),
        "left": (found.left, capped),
    }
    if found.overrun == Charge():
        del rows["overrun"]
    for label, (charge, timed) in rows.items():
        yield f"  {label:<10}{_amount(charge, timed)}".rstrip()


def _amount(charge: Charge, timed: bool) -> str:
    seconds = f"{charge.qpu_seconds:>14,.1f} s of QPU" if timed else ""
    return f"{usd_column(charge.microusd)} USD{seconds}"


def _facts(found: BudgetStanding, now: datetime) -> str:
    in_doubt = ""
    if found.in_doubt:
        jobs = "1 job" if found.in_doubt == 1 else f"{found.in_doubt} jobs"
        in_doubt = f"{jobs}: `qml budget reconcile` asks the provider"
    frozen = ""
    if found.frozen:
        frozen = (
            f"{usd(found.overrun.microusd)} USD beyond what was reserved: nothing is submitted "
            f"until `qml budget set {found.project} USD --unfreeze`"
        )
    rows = {
        "burn": _burn(found, now),
        "alerts": ", ".join(map(_topic, found.alerts)) or "none",
        "in doubt": in_doubt,
        "frozen": frozen,
    }
    return labelled(rows.items(), column=10, indent="  ")


def _burn(found: BudgetStanding, now: datetime) -> str:
    even = f"an even pace is {found.even_usd_per_h:,.4g} USD/h"
    if found.lasts_h is None:
        return f"nothing in the last hour; {even}"
    ends_h = (found.window_end - now) / timedelta(hours=1)
    return (
        f"{found.burn_usd_per_h:,.4g} USD in the last hour, {even}; what is left lasts "
        f"{found.lasts_h:,.1f} h like this, the window {ends_h:,.0f} h"
    )


def _topic(topic: str) -> str:
    """`usd 50` as `50 % of USD`."""
    kind, _, level = topic.partition(" ")
    unit = {"usd": "USD", "qpu": "QPU time"}.get(kind)
    return f"{level} % of {unit}" if unit else f"{kind} of {level[:KEY_DIGITS]}"


def history(entries: Sequence["Entry"]) -> str:
    """A line per entry; notes below theirs."""
    head = f"{'WHEN (UTC)':<18}{'KIND':<10}{'RESERVED':>10}{'SPENT':>15}{'QPU s':>12}  JOB"
    several = len({entry.project for entry in entries}) > 1
    lines = [line for entry in entries for line in _entry(entry, several)]
    return "\n".join([click.style(head, dim=True), *lines])


def _entry(entry: "Entry", several: bool) -> Iterator[str]:
    spent = entry.spent_microusd + entry.overrun_microusd
    seconds = (entry.spent_qpu_ms + entry.overrun_qpu_ms) / 1000
    job = (entry.job_key or entry.project)[:KEY_DIGITS]
    yield (
        f"{entry.at:%Y-%m-%d %H:%M}  {entry.kind:<10}{_signed(entry.reserved_microusd)}"
        f"{_signed(spent)}{f'{seconds:+,.1f}' if seconds else '':>9}  {job}"
    ).rstrip()
    cap = ""
    if entry.cap_microusd is not None:
        timed = "" if entry.cap_qpu_ms is None else f", {entry.cap_qpu_ms / 1000:,.1f} s of QPU"
        cap = f"cap {usd(entry.cap_microusd)} USD{timed}"
    words = ", ".join(filter(None, (entry.project if several else "", cap, entry.note)))
    if words:
        yield paragraph(words, " " * 18)


def _signed(microusd: int) -> str:
    if not microusd:
        return " " * 15
    sign = "−" if microusd < 0 else "+"
    text = usd_column(abs(microusd), 0)
    return f"{sign}{text}".rjust(15)


def findings(found: Sequence["Finding"]) -> str:
    """Two lines per job: what became of it and which it is, then the provider's word."""
    if not found:
        return "every job has ended"
    column = 2 + max(len(finding.backend) for finding in found)
    lines = []
    for finding in found:
        mark = click.style(f"{finding.found:<13}", fg=_COLOURS[finding.found])
        key = finding.job_key[:KEY_DIGITS]
        lines.append(f"{mark}{finding.backend:<{column}}{key}  {finding.project}")
        lines.append(paragraph(finding.message, " " * 13))
    return "\n".join(lines)


_COLOURS = {
    "settled": "green",
    "released": "green",
    "waiting": "yellow",
    "lost": "red",
    "unreachable": "red",
}
