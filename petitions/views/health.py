"""Whether the process answers, and whether everything behind it does."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from petitions import health


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if database, broker, worker and sequencer do their work, else 503, with each."""
    checks = health.checks()
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)
