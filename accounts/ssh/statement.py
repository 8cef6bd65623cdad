"""The sentence that a person signs, and the command that signs it.

It is one line of ASCII without quotes and backslashes, so that the same command works in sh, bash,
zsh, fish and PowerShell, and nothing that somebody chose (a login) can end its quotes.
"""

from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

# What may stand in an address, but for the single quote.
_ADDRESS = "/#%[]=:;$&()+,!?*@~"


def namespace(base_url: str) -> str:
    """Return what ssh-keygen mixes into a signature, so that no other site or use accepts it."""
    return f"undersigned@{quote(urlsplit(base_url).netloc.lower(), safe=_ADDRESS)}"


def statement(*, github_url: str, login: str, page: str, challenge: str, until: datetime) -> str:
    """Return the line to sign, without an end of line.

    `page` is the address of what the proof is for, `challenge` a value that is accepted once.
    Whoever verifies makes the line anew from values of its own, and refuses after `until`.
    """
    account = f"{github_url}/{quote(login, safe='')}"
    return (
        f"I control the GitHub account {quote(account, safe=_ADDRESS)}"
        f" and want this to be noted at {quote(page, safe=_ADDRESS)}"
        f" (challenge {quote(challenge, safe='')},"
        f" valid until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC)."
    )


def command(statement: str, namespace: str) -> str:
    """Return what to run in a shell; it writes the signature to the terminal.

    The key's file is the default name of OpenSSH's default type; who has another changes it.
    """
    # PowerShell expands $HOME as the others do, but not always ~.
    key = '"$HOME/.ssh/id_ed25519"'
    return f"echo '{statement}' | ssh-keygen -Y sign -n '{namespace}' -f {key}"
