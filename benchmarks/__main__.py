"""The command `python -m benchmarks [NAME...]`."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence

from local.stack import Stack
from local.trouble import Trouble

from . import load, table
from .product import product
from .result import Result


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and return how many figures are worse than wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these measurements")
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    options = parser.parse_args(arguments)
    try:
        results, conditions = _measure(options.names)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(table.markdown(results) if options.markdown else table.text(results))
    print(f"\n{conditions}")
    return sum(result.passed is False for result in results)


def _measure(names: Sequence[str]) -> tuple[list[Result], str]:
    results: list[Result] = []
    with product() as stack:
        # They import the application, which needs the addresses of the servers just started.
        from .measurements import MEASUREMENTS

        if unknown := set(names) - set(MEASUREMENTS):
            known = ", ".join(MEASUREMENTS)
            raise Trouble(f"There is no measurement {', '.join(unknown)}: choose from {known}.")
        for name, measure in MEASUREMENTS.items():
            if not names or name in names:
                _tell(f"Measuring {name}")
                for result in measure(stack):
                    results.append(result)
                    _tell(f"  {table.line(result)}")
        return results, _conditions(stack)


def _conditions(stack: Stack) -> str:
    """Return what the figures depend on, but for the machine's speed."""
    with stack.postgres.connect() as connection:
        postgres = connection.info.parameter_status("server_version")
    python = platform.python_version()
    return f"{os.cpu_count()} cores, Python {python}, PostgreSQL {postgres}, load by {load.NAME}."


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
