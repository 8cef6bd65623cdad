"""Who may see and do what: every look-up of something by its address, in one file."""

from collections.abc import Callable

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from . import ownership
from .models import ManageLink, Petition, Signature, SignatureState, Version


def public_version(slug: str) -> Version:
    """Return the current text of a published petition, with its petition. Raises Http404."""
    return _public(Version.objects.current_of, slug)


def version_to_sign(slug: str) -> Version:
    """Return the same, of its fields only those that a signing needs. Raises Http404."""
    return _public(Version.objects.signed_at, slug)


def _public(look_up: Callable[[str], Version], slug: str) -> Version:
    try:
        version = look_up(slug)
    except Version.DoesNotExist as error:
        raise Http404(_("There is no letter at this address.")) from error
    if not version.petition.is_public:
        raise Http404(_("There is no letter at this address."))
    return version


def public_petition(slug: str) -> Petition:
    """Return a published petition. Raises Http404."""
    petition = Petition.objects.public().filter(slug=slug).first()
    if petition is None:
        raise Http404(_("There is no letter at this address."))
    return petition


def own_signature(request: HttpRequest, slug: str) -> Signature | None:
    """Return the signature under the letter at `slug` that this browser may look after.

    One that was withdrawn is still its owner's. A claim ends with the link that it came by.
    """
    claim = ownership.claimed(request)
    if claim is None:
        return None
    own = Signature.objects.filter(pk=claim.signature, petition__slug=slug)
    if claim.link is not None:
        links = ManageLink.objects.filter(pk=claim.link, signature=claim.signature)
        own = own.filter(pk__in=links.values("signature"))
    own = own.exclude(state=SignatureState.PENDING).select_related("petition", "version")
    return own.first()


def comes_from_another_site(request: HttpRequest) -> bool:
    """Whether another site made the browser send this (Fetch Metadata, W3C).

    The signing form has no CSRF token, because its page is the same for everybody. It acts for no
    account, but other sites must not use their visitors' browsers to fill in names.
    """
    return request.headers.get("Sec-Fetch-Site") == "cross-site"
