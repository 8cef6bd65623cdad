"""What a confirmation mail holds, and the cookie of the browser that signed.

Link token and code are derived from the signature's id under SECRET_KEY, so that the database
holds nothing that could confirm a signature, and a worker can write the mail from the row alone.
"""

import base64
import binascii
import hmac
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac

CODE_DIGITS = 6
COOKIE = "signing"
# The browser that signed may confirm with one press for so long; after that it types the code.
PRESS_SECONDS = 60 * 60
# It may type the code, without the link, for as long as the code lasts.
COOKIE_SECONDS = 48 * 60 * 60
_SALT = "petitions.confirmation"
_TAG_SIZE = 16


def token(signature_id: UUID) -> str:
    """Return what the mailed link ends in: the id and a tag that only we can make."""
    return base64.urlsafe_b64encode(signature_id.bytes + _tag(signature_id)).rstrip(b"=").decode()


def signature_id(token: str) -> UUID | None:
    """Return the id in a token, or None for anything that we did not make."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        pk = UUID(bytes=raw[:16])
    except (binascii.Error, ValueError):
        return None
    return pk if hmac.compare_digest(raw[16:], _tag(pk)) else None


def code(signature_id: UUID) -> str:
    """Return the six digits that are typed where the link was not opened in the same browser."""
    digest = salted_hmac(f"{_SALT}.code", signature_id.bytes, algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def is_code(signature_id: UUID, typed: str) -> bool:
    """Compare what was typed, in constant time."""
    return hmac.compare_digest(code(signature_id).encode(), typed.encode())


def remember(response: HttpResponse, slug: str, signature_id: UUID | None) -> None:
    """Give the browser that signed its cookie; without a signature one that looks the same."""
    response.set_cookie(
        COOKIE,
        signing.dumps((signature_id or uuid4()).hex, salt=_SALT),
        max_age=COOKIE_SECONDS,
        path=reverse("confirmation", args=[slug]),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def remembered(request: HttpRequest, *, for_code: bool = False) -> UUID | None:
    """Return the id that this browser signed with, if that was not too long ago."""
    age = COOKIE_SECONDS if for_code else PRESS_SECONDS
    try:
        return UUID(signing.loads(request.COOKIES[COOKIE], salt=_SALT, max_age=age))
    except (KeyError, ValueError, signing.BadSignature):
        return None


def _tag(signature_id: UUID) -> bytes:
    return salted_hmac(_SALT, signature_id.bytes, algorithm="sha256").digest()[:_TAG_SIZE]
