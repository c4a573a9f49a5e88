"""The command line that all benchmarks share."""

import argparse
import json
from collections.abc import Callable, Sequence

from bench.quiet import ENOUGH, Meanwhile
from bench.table import Table, as_json, as_text
from bench.timing import conditions


def run_bench(
    doc: str, tables: Callable[[argparse.Namespace], Sequence[Table]], **options: int
) -> None:
    """Parse `--json` and the options, whole numbers by name with their defaults; measure; print.

    Args:
        doc: the module's docstring; its first line is the title.
        tables: measures what the parsed options ask for.
    """
    title = doc.splitlines()[0]
    parser = argparse.ArgumentParser(description=title)
    for name, default in options.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default: {default}")
    parser.add_argument("--json", action="store_true", help="every run of every competitor")
    arguments = parser.parse_args()
    meanwhile = Meanwhile()
    measured = tables(arguments)
    others, found = meanwhile.share_of_others(), conditions()
    if arguments.json:
        head = {"bench": title, **found, "share_of_other_processes": others}
        print(json.dumps({**head, "tables": as_json(measured)}, indent=2))
        return
    print(f"{title}\n{found['threads']} threads on {found['processors']} processors; ", end="")
    print("medians after a warm-up, competitors taking turns")
    if others is not None:
        warning = ": too many for these figures to mean much" if others > ENOUGH else ""
        print(f"other processes took {100 * others:.0f} % of the processors meanwhile{warning}")
    for table in measured:
        print(f"\n{as_text(table)}")
