"""Becomes another program that dies when the process that asked for it dies.

    launch.py PARENT SIGNAL PROGRAM [ARGUMENT...]
    launch.py PARENT SIGNAL --not-root FOLDER PROGRAM [ARGUMENT...]

Run by its path with the standard library alone, so that it costs some milliseconds. With
`--not-root` the program doesn't see itself as root (PostgreSQL refuses that) and owns FOLDER.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main(parent: str, signal: str, *command: str) -> None:
    """Become the program; see above for the arguments."""
    if command[0] == "--not-root":
        folder, *program = command[1:]
        if os.geteuid() == 0:
            _give_up_root(folder, program[0])
    else:
        program = list(command)
    # Last: the kernel forgets the signal when a process changes its user.
    die_with(int(parent), int(signal))
    os.execv(program[0], program)


def die_with(parent: int, signal: int) -> None:
    """Have the kernel send this process the signal when its parent dies; Linux only."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal)
    # It may have died before the kernel knew what we wish.
    if os.getppid() != parent:
        sys.exit("The process that asked for this one is gone.")


def _give_up_root(folder: str, program: str) -> None:
    user = _ordinary_user()
    # A namespace costs nothing and leaves the files root's; where it's forbidden (hardened
    # kernels, some containers) the other user must own the files.
    if _namespaces_allowed():
        _own(folder, 0)
        _enter_namespace(user)
        return
    _own(folder, user.pw_uid)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if not os.access(program, os.X_OK) or not os.access(folder, os.W_OK):
        sys.exit(
            f"PostgreSQL doesn't run as root, this machine forbids user namespaces, and the user "
            f"{user.pw_name} can't reach {folder}: run this as an ordinary user."
        )


def _ordinary_user() -> pwd.struct_passwd:
    """Somebody whom the system knows by name: initdb looks its user up."""
    for user in pwd.getpwall():
        if user.pw_uid != 0:
            return user
    sys.exit("PostgreSQL doesn't run as root, and /etc/passwd knows nobody else: add a user.")


def _namespaces_allowed() -> bool:
    child = os.fork()
    if child == 0:
        try:
            _enter_namespace(_ordinary_user())
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _enter_namespace(user: pwd.struct_passwd) -> None:
    os.unshare(os.CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user.pw_uid} 0 1")
    _write("/proc/self/gid_map", f"{user.pw_gid} 0 1")


def _write(path: str, text: str) -> None:
    Path(path).write_text(text)


def _own(folder: str, user: int) -> None:
    if Path(folder).stat().st_uid != user:
        for path in (Path(folder), *Path(folder).rglob("*")):
            os.chown(path, user, -1, follow_symlinks=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
