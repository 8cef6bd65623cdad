"""Server programs inside installed wheels."""

import importlib.util
from pathlib import Path

from .trouble import Trouble


def program(package: str, pattern: str) -> Path:
    """Return the program in the package's folder; the package's own Python code is not run.

    Raises Trouble when the package isn't installed or has nothing for this machine.
    """
    found = importlib.util.find_spec(package)
    for folder in (found and found.submodule_search_locations) or []:
        for path in Path(folder).glob(pattern):
            return path
    raise Trouble(
        f"The wheel {package} with {Path(pattern).name} isn't installed: run `make setup`, "
        "or set DATABASE_URL and REDIS_URL to servers of your own."
    )
