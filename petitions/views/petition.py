"""The front page, a letter's page and the exact bytes of its text."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.http import require_safe

from petitions import access
from petitions.forms import SignatureForm
from petitions.languages import direction, interface_language
from petitions.markdown import render as render_markdown
from petitions.models import NAMED, Entry, Petition, Tally, Version
from petitions.shared_pages import shared_page

RECENT_SIGNERS = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the published letters, newest first, in the reader's language."""
    current = Version.objects.current().filter(petition__in=Petition.objects.public())
    letters = (
        Version.objects.filter(pk__in=current.values("pk"))
        .select_related("petition")
        .prefetch_related("petition__targets")
        .order_by("-petition__opened_at")
    )
    context = {"letters": letters}
    return render(request, "petitions/home.html", context)


@require_safe
@shared_page
def petition(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a letter, to whom it goes, how many signed, and the form."""
    return petition_page(access.public_version(slug), SignatureForm())


def petition_page(version: Version, form: SignatureForm, status: int = 200) -> HttpResponse:
    """Render a letter's page in its own language, with the form as it is.

    Nothing of the request goes into it: it is the same for everybody.
    """
    petition = version.petition
    newest = Entry.objects.newest_of(petition).filter(signature__visibility__in=NAMED)
    recent = newest.select_related("signature").prefetch_related("signature__badges")
    context = {
        "petition": petition,
        "version": version,
        "letter": render_markdown(version.text),
        "direction": direction(version.language),
        "targets": petition.targets.all(),
        "count": Tally.objects.count_of(petition),
        "recent_signers": [entry.signature for entry in recent[:RECENT_SIGNERS]],
        "form": form,
    }
    with translation.override(interface_language(version.language)):
        return HttpResponse(render_to_string("petitions/petition.html", context), status=status)


@require_safe
@shared_page
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Give the bytes that a version's hash is of."""
    petition = access.public_petition(slug)
    text = get_object_or_404(Version, petition=petition, number=number)
    return HttpResponse(text.document, content_type="text/markdown; charset=utf-8")
