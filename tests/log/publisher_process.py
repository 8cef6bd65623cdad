"""`python -m tests.log.publisher_process FOLDER LIMIT SIZE...`: publish the example, size by size.

No file can grow beyond LIMIT bytes, as if the disk were full then; -1 is no limit.
"""

import resource
import sys
from pathlib import Path

from petitions.log.publish import Publisher
from petitions.log.storage import Folder
from tests.log import example


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(folder: str, limit: int, *sizes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    publisher = Publisher(Folder(Path(folder)), example.LOG.verifier)
    say("begins")
    for size in sizes:
        if publisher.publish(example.checkpoint(size), example.leaves):
            say(size)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
