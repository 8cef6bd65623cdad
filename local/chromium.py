"""A Chromium of the machine, for browser tests."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REMEDY = "apt-get install chromium"
ARGUMENTS = (
    # Tests talk to this machine only, and a first start has nothing to offer them.
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    # Chromium's sandbox doesn't work for root.
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)


def find() -> Path | None:
    """Return the path of one on PATH."""
    for name in NAMES:
        if program := shutil.which(name):
            return Path(program)
    return None
