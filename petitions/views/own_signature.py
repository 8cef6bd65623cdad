"""What a signer does with a signature of their own: see, correct, hide, withdraw, take along, forget.

Nobody needs an account for it. `access.own_signature` says whose a request is.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from petitions import access, kept_evidence, ownership
from petitions.forms import SignerForm
from petitions.languages import interface_language
from petitions.models import Badge, GitHubSubject, ManageLink, Signature


def own[**P](
    view: Callable[Concatenate[HttpRequest, Signature, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Give the view the signature that the browser may look after, in the letter's language.

    Whoever may look after none is told how to get a link. Nothing of it may be stored or indexed.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        version = access.public_version(slug)
        with translation.override(interface_language(version.language)):
            signature = access.own_signature(request, slug)
            if signature is None:
                context = {"petition": version.petition, "version": version}
                response = render(request, "petitions/no_signature.html", context, status=403)
            else:
                response = view(request, signature, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return never_cache(wrapped)


@never_cache
@require_safe
def open_link(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Take a manage link, and lead on to an address without its secret."""
    version = access.public_version(slug)
    link = ManageLink.objects.open(slug, token)
    if link is None:
        context = {"petition": version.petition, "version": version}
        with translation.override(interface_language(version.language)):
            response = render(request, "petitions/no_signature.html", context, status=410)
    else:
        response = HttpResponseRedirect(reverse("own-signature", args=[slug]), status=303)
        ownership.give(response, slug, link.signature_id, link.pk)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@own
def own_signature(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Show a signature to its owner, and correct it."""
    form = SignerForm(request.POST or None, initial=_shown(signature))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        if signature.amend(
            visibility=chosen["visibility"],
            name=chosen["name"],
            role=chosen["role"],
            affiliation=chosen["affiliation"],
        ):
            messages.success(request, _("Your signature is changed, as you see it below."))
        return to_own(signature)
    return page(request, signature, form, status=422 if request.method == "POST" else 200)


def page(
    request: HttpRequest, signature: Signature, form: SignerForm, status: int = 200
) -> HttpResponse:
    """Render the owner's page."""
    petition = signature.petition
    context = {
        "petition": petition,
        "version": signature.version,
        "signature": signature,
        "form": form,
        "badges": signature.badges.all(),
        "subjects": GitHubSubject.objects.filter(petition=petition),
        "github": bool(settings.GITHUB_CLIENT_ID),
        "usable": kept_evidence.usable(request, petition),
    }
    return render(request, "petitions/own_signature.html", context, status=status)


def to_own(signature: Signature) -> HttpResponse:
    """Lead back to the owner's page."""
    path = reverse("own-signature", args=[signature.petition.slug])
    return HttpResponseRedirect(path, status=303)


def _shown(signature: Signature) -> dict[str, str]:
    names = ("visibility", "name", "role", "affiliation")
    return {name: getattr(signature, name) for name in names}


@require_POST
@own
def withdraw(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Take the signature back, once its owner has said that they mean it."""
    if "sure" not in request.POST:
        messages.error(request, _("Nothing was withdrawn: please tick the box first."))
    elif signature.withdraw():
        messages.success(request, _("Your signature is withdrawn."))
    return to_own(signature)


@require_POST
@own
def forget(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Withdraw, and delete all that is left of the signature."""
    if "sure" not in request.POST:
        messages.error(request, _("Nothing was deleted: please tick the box first."))
        return to_own(signature)
    signature.forget()
    response = render(
        request,
        "petitions/forgotten.html",
        {"petition": signature.petition, "version": signature.version},
    )
    ownership.take_away(response, signature.petition.slug)
    return response


@require_POST
@own
def drop_badge(request: HttpRequest, signature: Signature, badge: int) -> HttpResponse:
    """Take a badge off, once its owner has said that they mean it: programs submit bare forms."""
    found = Badge.objects.filter(pk=badge, signature=signature).first()
    if "sure" not in request.POST:
        messages.error(request, _("Nothing was deleted: please tick the box first."))
    elif found and signature.disprove(found):
        messages.success(request, _("The badge is gone, and what it said is deleted."))
    elif found:
        messages.error(
            request,
            _("You signed with this account alone, so the badge stays as long as your signature."),
        )
    return to_own(signature)


@require_POST
@own
def links(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Make all manage links void, and show a new one, this once."""
    if "sure" not in request.POST:
        messages.error(request, _("Your link is as it was: please tick the box first."))
        return to_own(signature)
    token, link = ManageLink.renew(signature)
    slug = signature.petition.slug
    context = {
        "petition": signature.petition,
        "version": signature.version,
        "link": settings.BASE_URL + reverse("manage-link", args=[slug, token]),
    }
    response = render(request, "petitions/new_link.html", context)
    ownership.give(response, slug, signature.pk, link.pk)
    return response


@require_safe
@own
def export(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Give the owner all that there is about the signature, as JSON."""
    content = json.dumps(_export(signature), ensure_ascii=False, indent=2) + "\n"
    response = HttpResponse(content, content_type="application/json")
    name = f"signature-{signature.petition.slug}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _export(signature: Signature) -> dict[str, object]:
    entry = getattr(signature, "entry", None)
    work_proof = getattr(signature, "work_proof", None)
    return {
        "petition": settings.BASE_URL + signature.petition.get_absolute_url(),
        "version": signature.version.number,
        "text_sha256": bytes(signature.version.text_hash).hex(),
        "state": signature.state,
        "visibility": signature.visibility,
        "name": signature.name,
        "role": signature.role,
        "affiliation": signature.affiliation,
        "language": signature.language,
        "assurance": signature.assurance,
        "confirmed_on": signature.confirmed_on and signature.confirmed_on.isoformat(),
        "evidence": [badge.fact.to_json() for badge in signature.badges.all()],
        "known_by_keyed_hashes_of": sorted(signature.identities.values_list("kind", flat=True)),
        "address_waiting_for_its_code": work_proof and work_proof.address,
        "manage_links_issued_on": [
            day.isoformat()
            for day in signature.manage_links.order_by("pk").values_list("issued_on", flat=True)
        ],
        "log": {
            "index": entry.index if entry else None,
            "leaf": bytes(entry.leaf).decode() if entry and entry.leaf else None,
            "salt": bytes(signature.salt).hex() if signature.salt else None,
            "record": signature.record.decode() if signature.salt else None,
        },
    }


def of_another_signature() -> str:
    """Say that what was proved is already known of somebody else's signature."""
    return _(
        "This mailbox or account belongs to another signature under this letter. A person can sign"
        " a letter once: withdraw one of the two first."
    )
