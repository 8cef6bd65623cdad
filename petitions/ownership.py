"""How a browser shows that it may look after a signature: a signed cookie, for an hour.

It is given for a manage link, and to the browser that confirmed. The addresses of all pages behind
it hold no secret, so that none gets into a history, a referrer or another site's hands.
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

COOKIE = "signature"
SECONDS = 60 * 60
_SALT = "petitions.ownership"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the cookie says: whose signature, and by which manage link, if by one."""

    signature: UUID
    link: int | None


def give(response: HttpResponse, slug: str, signature: UUID, link: int | None = None) -> None:
    """Let this browser look after a signature."""
    response.set_cookie(
        COOKIE,
        signing.dumps([signature.hex, link], salt=_SALT),
        max_age=SECONDS,
        path=reverse("own-signature", args=[slug]),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def take_away(response: HttpResponse, slug: str) -> None:
    """Let this browser forget it."""
    response.delete_cookie(COOKIE, path=reverse("own-signature", args=[slug]), samesite="Lax")


def claimed(request: HttpRequest) -> Claim | None:
    """Return what a cookie that we gave says, if it is not too old."""
    try:
        pk, link = signing.loads(request.COOKIES[COOKIE], salt=_SALT, max_age=SECONDS)
        return Claim(UUID(pk), link)
    except (KeyError, ValueError, TypeError, signing.BadSignature):
        return None
