"""Runs several management commands in one process, as starting Django costs more than most do.

python -m local.commands COMMAND [ARGUMENT...] [, COMMAND [ARGUMENT...]]...
"""

import runpy
import sys
from itertools import groupby


def main(arguments: list[str]) -> None:
    """Run the commands, which commas divide, until one fails."""
    for is_division, command in groupby(arguments, lambda argument: argument == ","):
        if not is_division:
            sys.argv = ["manage.py", *command]
            runpy.run_path("manage.py", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
