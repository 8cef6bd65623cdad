"""Which language the site speaks: the letter's on its pages, the reader's everywhere else."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

# BCP 47 primary tags of scripts written from right to left.
_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
)


class ReaderLanguage:
    """Speak the language that the browser asks for, unless the view chooses its own.

    A shared page does choose its own, so it alone must not vary by the reader.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Activate the reader's language and say so in the answer."""
        translation.activate(translation.get_language_from_request(request))
        response = self.get_response(request)
        if not response.headers.get("Cache-Control", "").startswith("public"):
            patch_vary_headers(response, ["Accept-Language"])
        return response


def interface_language(letter_language: str) -> str:
    """Return the language of the site's own words around a letter in this language."""
    try:
        return translation.get_supported_language_variant(letter_language)
    except LookupError:
        return settings.LANGUAGE_CODE


def direction(language: str) -> str:
    """Return `rtl` or `ltr`, as HTML's `dir` has it."""
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"
