"""`undersigned-verify`, or `python -m verifier`: see docs/log.md."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from petitions.log.cosignature import Witness
from petitions.log.note import KeyFormatError

from .check_batch import check_batch
from .check_receipt import check_receipt
from .check_roll import check_roll
from .monitor import monitor
from .outcome import Code, Failed, Outcome, Unreachable, Unusable
from .published import trust
from .source import TIMEOUT, Source, source

_EPILOG = """exit codes: 0 fine; 1 not what it says it is; 2 wrong use; 3 the log could not be read;
4 the receipt is right, and its signature was withdrawn or removed"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    given = _parser().parse_args(arguments)
    try:
        outcome = _run(given)
    except Failed as error:
        outcome = Outcome(Code.FAILED, (str(error),))
    except Unusable as error:
        outcome = Outcome(Code.USAGE, (str(error),))
    except Unreachable as error:
        outcome = Outcome(Code.UNREACHABLE, (str(error),))
    except OSError as error:
        outcome = Outcome(Code.USAGE, (f"{error}.",))
    stream = sys.stdout if outcome.code is Code.FINE else sys.stderr
    for sentence in outcome.sentences:
        stream.write(f"{visible(sentence)}\n")
    return outcome.code


def visible(text: str) -> str:
    """Return the text with nothing in it that a terminal would obey, or that reorders letters."""
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text
    )


def _run(given: argparse.Namespace) -> Outcome:
    if not given.log:
        return _run_with(given, None)
    with closing(source(given.log, given.timeout)) as place:
        return _run_with(given, place)


def _run_with(given: argparse.Namespace, place: Source | None) -> Outcome:
    vkey = _key(given.key) if given.key else None
    if given.command == "monitor":
        assert place is not None
        return monitor(place, given.state, vkey)
    trusted = trust(vkey, place)
    if given.command == "batch":
        return check_batch(given.folder, trusted, place)
    if given.command == "roll":
        assert place is not None
        return check_roll(given.file, trusted, place)
    witnesses = [_witness(each) for each in given.witness]
    return check_receipt(given.file, trusted, witnesses, given.quorum, place)


def _key(given: str) -> str:
    """Return the key itself, if it was given as a file."""
    path = Path(given)
    return path.read_text(encoding="utf-8").split("\n")[0] if path.is_file() else given


def _witness(given: str) -> Witness:
    try:
        return Witness.decode(_key(given))
    except KeyFormatError as error:
        raise Unusable(f"Not the key of a witness: {error}.") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "undersigned-verify", description="Check what was made from a public log.", epilog=_EPILOG
    )
    commands = parser.add_subparsers(dest="command", required=True)
    key = argparse.ArgumentParser(add_help=False)
    key.add_argument("--key", help="the log's vkey, or a file with it; or else its own word")
    key.add_argument(
        "--timeout", type=float, default=TIMEOUT, help="seconds that an answer may take"
    )
    log = "address or folder of the log"

    receipt = commands.add_parser("receipt", parents=[key], help="is this entry in the log?")
    receipt.add_argument("file", type=Path)
    receipt.add_argument("--log", help=f"{log}, to see whether the signature still counts")
    receipt.add_argument("--witness", action="append", default=[], help="vkey of a witness")
    receipt.add_argument("--quorum", type=int, default=0, help="how many must have cosigned")

    roll = commands.add_parser("roll", parents=[key], help="are these lines in the log?")
    roll.add_argument("file", type=Path)
    roll.add_argument("--log", required=True, help=log)

    batch = commands.add_parser("batch", parents=[key], help="is this delivery the logged one?")
    batch.add_argument("folder", type=Path)
    batch.add_argument("--log", help=log)

    follow = commands.add_parser("monitor", parents=[key], help="what is new, and is it right?")
    follow.add_argument("log", help=log)
    follow.add_argument("--state", type=Path, required=True, help="file to remember the log in")
    return parser


if __name__ == "__main__":
    sys.exit(main())
