"""The public record of what was delivered."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.http import require_safe

from petitions import access
from petitions.languages import interface_language
from petitions.shared_pages import shared_page


@require_safe
@shared_page
def deliveries(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every batch: its range, its documents' hashes, and what became of each delivery."""
    version = access.public_version(slug)
    batches = version.petition.batches.order_by("-number").prefetch_related(
        "documents", "deliveries__recipient__target"
    )
    context = {"petition": version.petition, "version": version, "batches": batches}
    with translation.override(interface_language(version.language)):
        return HttpResponse(render_to_string("petitions/deliveries.html", context))
