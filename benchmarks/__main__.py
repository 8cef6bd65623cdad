"""The command `python -m benchmarks [NAME...]`."""

import argparse
import sys
from collections.abc import Sequence

from local.trouble import Trouble

from . import table
from .product import product
from .result import Result


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and return how many figures are worse than wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these measurements")
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    options = parser.parse_args(arguments)
    try:
        results = _measure(options.names)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(table.markdown(results) if options.markdown else table.text(results))
    return sum(result.passed is False for result in results)


def _measure(names: Sequence[str]) -> list[Result]:
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
    return results


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
