"""The commands of `python -m local`: up, manage, inbox, github, run."""

import argparse
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import CHECKOUT, PROGRAMS, environment, ports
from .trouble import Trouble

# Each command imports what it needs, for some parts take a good part of a second.

DATA = Path(".data")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its status; what stops it is told in a sentence."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(f"{error.filename or 'The system'}: {error.strerror or error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("up", help="run the whole product until Ctrl-C")
    command.add_argument("--port", type=int, default=ports.SITE, help="of the site")
    command.add_argument("--data", type=Path, default=DATA, help="the folder that keeps everything")
    command.add_argument("--end-with-parent", action="store_true", help="stop when the caller dies")
    command.set_defaults(command=_up)

    command = commands.add_parser("manage", help="run a management command on what `up` runs")
    command.add_argument("--data", type=Path, default=DATA)
    command.add_argument("arguments", nargs=argparse.REMAINDER)
    command.set_defaults(command=_manage)

    command = commands.add_parser("inbox", help="run the mail inbox alone")
    command.add_argument("--smtp-port", type=int, default=ports.SMTP)
    command.add_argument("--web-port", type=int, default=ports.INBOX)
    command.add_argument("--data", type=Path, default=DATA / "mail", help="the folder of messages")
    command.set_defaults(command=_inbox)

    command = commands.add_parser("github", help="run the stand-in for GitHub alone")
    command.add_argument("--port", type=int, default=ports.GITHUB)
    command.add_argument("--site", action="append", help="an address of the site that it lets in")
    command.set_defaults(command=_github)

    command = commands.add_parser("run", help="run a command with throw-away servers")
    command.add_argument("arguments", nargs=argparse.REMAINDER)
    command.set_defaults(command=_run)
    return parser


def _up(options: argparse.Namespace) -> None:
    from .launch import die_with
    from .up import up

    if options.end_with_parent:
        die_with(os.getppid(), signal.SIGTERM)
    up(options.data, options.port)


def _manage(options: argparse.Namespace) -> int:
    from .lock import Lock

    lock = Lock(options.data / "lock")
    if not lock.held():
        raise Trouble(f"Nothing runs on {options.data}: start it with `make up` first.")
    settings = environment.load(options.data / "environment.json")
    command = [sys.executable, str(CHECKOUT / "manage.py"), *_plain(options.arguments)]
    return subprocess.run(command, env=environment.machines() | settings, check=False).returncode


def _inbox(options: argparse.Namespace) -> None:
    from .inbox.server import serve

    smtp_port = ports.next_free(options.smtp_port)
    web_port = ports.next_free(options.web_port, besides=[smtp_port])
    print(f"SMTP on {ports.HOST}:{smtp_port}, web on http://{ports.HOST}:{web_port}/", flush=True)
    serve(options.data, smtp_port=smtp_port, web_port=web_port)


def _github(options: argparse.Namespace) -> None:
    from .github.server import CLIENT_ID, serve

    secret = os.environ.get("GITHUB_CLIENT_SECRET") or secrets.token_urlsafe()
    sites = options.site or [f"http://{ports.HOST}:{ports.SITE}"]
    print(f"http://{ports.HOST}:{options.port}/ for the client {CLIENT_ID} of {sites}", flush=True)
    serve(port=options.port, secret=secret, sites=sites)


def _run(options: argparse.Namespace) -> int:
    from .throwaway import throwaway

    with throwaway() as servers:
        path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")])
        return subprocess.run(
            _plain(options.arguments), env=servers.environment | {"PATH": path}, check=False
        ).returncode


def _plain(arguments: list[str]) -> list[str]:
    return arguments[1:] if arguments[:1] == ["--"] else arguments


if __name__ == "__main__":
    sys.exit(main())
