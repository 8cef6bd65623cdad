"""Two views."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from .models import Signer
from .tasks import signed


def page(_: HttpRequest) -> HttpResponse:
    """Answer with one line."""
    return HttpResponse("Hello")


class SignerForm(forms.Form):
    """A form as short as one for a signer can be."""

    name = forms.CharField(max_length=100)
    email = forms.EmailField()


@csrf_exempt
def sign(request: HttpRequest) -> HttpResponse:
    """Validate, write one row, enqueue one task."""
    form = SignerForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    signer = Signer(**form.cleaned_data)
    signer.save(force_insert=True)
    signed.delay(signer.pk)
    return HttpResponse("Thank you")
