"""Asking for the manage link of a signature by typing its address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from petitions import access, throttle
from petitions.forms import LinkRequestForm
from petitions.languages import interface_language
from petitions.models import LinkRequest
from petitions.views.errors import too_many


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def request_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Mail the link to whoever signed with the typed address; the answer is the same to all."""
    version = access.public_version(slug)
    language = interface_language(version.language)
    with translation.override(language):
        form = LinkRequestForm(request.POST or None)
        asked = request.method == "POST" and form.is_valid()
        if asked:
            network = throttle.signings_from_network(request)
            reached = throttle.reached(network, throttle.mails_to(form.cleaned_data["email"]))
            if reached is network:
                return too_many(request)
            if reached is None:
                LinkRequest.make(version.petition, form.cleaned_data["email"], language)
        context = {"petition": version.petition, "version": version, "form": form, "asked": asked}
        status = 422 if request.method == "POST" and not asked else 200
        response = render(request, "petitions/link_request.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response
