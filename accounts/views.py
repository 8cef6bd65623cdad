"""Pages of a person with an account."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .models import Evidence, User


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: HttpRequest) -> HttpResponse:
    """Show all that is kept of what was verified about the reader; a POST forgets one of it."""
    user = request.user
    assert isinstance(user, User)
    if request.method == "POST":
        number = request.POST.get("evidence", "")
        found = get_object_or_404(Evidence, user=user, pk=int(number) if number.isdecimal() else 0)
        found.forget()
        messages.success(request, _("Forgotten: %(headline)s.") % {"headline": found.headline})
        response: HttpResponse = HttpResponseRedirect(reverse("evidence"), status=303)
    else:
        response = render(request, "accounts/evidence.html", {"kept": user.evidence.all()})
    response["X-Robots-Tag"] = "noindex"
    return response
