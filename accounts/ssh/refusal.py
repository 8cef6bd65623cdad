"""Why a signature is refused, each with a message for the person who pasted it."""

from django.utils.translation import gettext as _


class SignatureRefused(ValueError):
    """A signature that shows nothing; the message says why, and what to do."""


class NotASignature(SignatureRefused):
    """Not what ssh-keygen writes, or not all of it."""


class OtherNamespace(SignatureRefused):
    """Made for another site, or for another use."""


class UnlistedKey(SignatureRefused):
    """By a key that is not among those given."""


class AlgorithmRefused(SignatureRefused):
    """By a key or an algorithm that is too weak, or that we don't know."""


class NotTouched(SignatureRefused):
    """By hardware that didn't ask anybody to touch it: a program may have used it."""


class OtherText(SignatureRefused):
    """Over another text, or changed since."""


def algorithm_refused(name: str) -> AlgorithmRefused:
    """Return the refusal of a key, a signature or a hash by the name of its algorithm."""
    return AlgorithmRefused(
        _(
            "“%(name)s” is too weak, or not known here. Sign with an Ed25519, ECDSA or RSA key and"
            " a current OpenSSH."
        )
        % {"name": name}
    )
