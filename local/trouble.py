"""What stops a local stack."""


class Trouble(Exception):
    """A sentence for the person at the terminal: what is wrong, with what, and what to do."""
