"""Confirming a signature: from the mailed link, or by typing the mailed code.

Opening the link changes nothing. Mail scanners open links and submit the forms they find; the
button alone is enough only in the browser that signed, everywhere else the code is asked for.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.addresses import Address
from petitions import access, confirmation, ownership, throttle
from petitions.forms import CodeForm
from petitions.languages import interface_language
from petitions.models import Outcome, Signature

_WRONG_CODE = _("This is not the code in the mail. Compare the digits; the newest mail counts.")
# What became of an attempt, as a status.
_STATUS = {
    Outcome.NO_ATTEMPTS_LEFT: 429,
    Outcome.EXPIRED: 410,
    Outcome.ALREADY_SIGNED: 409,
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, slug: str, token: str = "") -> HttpResponse:
    """Ask for the code or the button, and confirm with either.

    Without a token this is the page after signing, for the browser that signed.
    """
    remembered = confirmation.remembered(request)
    pk = (
        confirmation.signature_id(token)
        if token
        else confirmation.remembered(request, for_code=True)
    )
    may_press = bool(token) and pk is not None and pk == remembered
    if request.method == "POST":
        return _confirm(request, slug, pk, may_press=may_press)
    outcome = Outcome.EXPIRED if token and pk is None else None
    return _page(request, slug, pk=pk, may_press=may_press, outcome=outcome)


def _confirm(request: HttpRequest, slug: str, pk: UUID | None, *, may_press: bool) -> HttpResponse:
    form = CodeForm(request.POST)
    pressed = may_press and "code" not in request.POST
    if not pressed and not form.is_valid():
        return _page(request, slug, pk=pk, form=form, status=422)
    if pk is None:
        return _page(request, slug, outcome=Outcome.EXPIRED)
    right = pressed or confirmation.is_code(pk, form.cleaned_data["code"])
    outcome = Signature.confirm(slug, pk, has_right_code=right)
    # Whoever presses twice is thanked twice.
    if outcome in (Outcome.CONFIRMED, Outcome.CONFIRMED_BEFORE):
        response = HttpResponseRedirect(reverse("thanks", args=[slug]), status=303)
        # A code is of use once: whoever finds the mail later gets nothing by it.
        if outcome is Outcome.CONFIRMED:
            ownership.give(response, slug, pk)
        return response
    if outcome is Outcome.WRONG_CODE:
        form.add_error("code", _WRONG_CODE)
        return _page(request, slug, pk=pk, form=form, status=422)
    return _page(request, slug, pk=pk, outcome=outcome)


@never_cache
@require_POST
def resend(request: HttpRequest, slug: str) -> HttpResponse:
    """Mail the code once more to the address that this browser signed with, now and then.

    The answer is the same whether or not there is anything to mail.
    """
    version = access.public_version(slug)
    pk = confirmation.remembered(request, for_code=True)
    pending = Signature.objects.pending(timezone.now()).filter(petition=version.petition)
    mailed = pending.filter(mail_due_at=None).exclude(address="")
    signature = mailed.filter(pk=pk).first() if pk else None
    if signature and not throttle.reached(
        throttle.mails_again(signature.pk), throttle.mails_to(Address.parse(signature.address))
    ):
        Signature.objects.filter(pk=signature.pk, address=signature.address).update(
            mail_due_at=timezone.now()
        )
    with translation.override(interface_language(version.language)):
        messages.info(
            request,
            _("If a minute has passed, the code is on its way again. The newest mail counts."),
        )
    return HttpResponseRedirect(reverse("confirmation", args=[slug]), status=303)


def _page(
    request: HttpRequest,
    slug: str,
    *,
    pk: UUID | None = None,
    may_press: bool = False,
    form: CodeForm | None = None,
    outcome: Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    version = access.public_version(slug)
    # What will be public is shown only to who came by the mailed link.
    from_link = bool(request.resolver_match and request.resolver_match.kwargs.get("token"))
    pending = Signature.objects.pending(timezone.now()).filter(petition=version.petition)
    signature = pending.filter(pk=pk).first() if from_link and pk else None
    if from_link and signature is None and outcome is None:
        outcome = Outcome.EXPIRED
    context = {
        "petition": version.petition,
        "version": version,
        "signature": signature,
        "may_press": may_press,
        "form": form or CodeForm(),
        "outcome": outcome.name if outcome else "",
    }
    status = _STATUS.get(outcome, status) if outcome else status
    with translation.override(interface_language(version.language)):
        response = render(request, "petitions/confirmation.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    """Thank whoever has just confirmed, and say what comes next."""
    version = access.public_version(slug)
    with translation.override(interface_language(version.language)):
        response = render(
            request,
            "petitions/thanks.html",
            {"petition": version.petition, "version": version},
        )
    response["X-Robots-Tag"] = "noindex"
    return response
