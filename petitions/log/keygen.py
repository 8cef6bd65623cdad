"""`python -m petitions.log.keygen ORIGIN`: print a new LOG_SIGNING_KEY for the log ORIGIN."""

import sys

from .note import KeyFormatError, Signer


def main() -> int:
    """Print the key; return the exit status."""
    if len(sys.argv) != 2:
        print("usage: python -m petitions.log.keygen ORIGIN", file=sys.stderr)
        return 2
    try:
        print(Signer.generate(sys.argv[1]).encoded())
    except KeyFormatError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
