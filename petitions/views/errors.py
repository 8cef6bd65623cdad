"""Pages for what went wrong: each says what happened and what to do."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the request could not be understood: too long, or malformed."""
    too_long = isinstance(exception, RequestDataTooBig)
    return _page(request, "400.html", 413 if too_long else 400)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this may not be done from here."""
    return _page(request, "403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old, or came from another site."""
    return refused(request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is nothing at this address."""
    return _page(request, "404.html", 404)


def too_many(request: HttpRequest) -> HttpResponse:
    """Say that this network has signed too often, and when to come again."""
    response = _page(request, "429.html", 429)
    response["Retry-After"] = "3600"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that we failed; nothing was half-saved, as every change is one transaction."""
    return _page(request, "500.html", 500)


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    response = render(request, template, status=status)
    add_never_cache_headers(response)
    return response
