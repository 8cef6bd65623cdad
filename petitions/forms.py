"""The shape of what people send."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.addresses import Address, AddressError

from .confirmation import CODE_DIGITS
from .plain_text import clean_line


class LineField(forms.CharField):
    """One line of text in which nothing is hidden."""

    def to_python(self, value: Any) -> str:
        """Return the cleaned line. Raises ValidationError."""
        return clean_line(super().to_python(value) or "")


class SignerField(LineField):
    """One line about a signer. It is mailed to an address that may be somebody else's."""

    def to_python(self, value: Any) -> str:
        """Return the cleaned line. Raises ValidationError for what would make it advertising."""
        line = super().to_python(value)
        if re.search(r"://|\bwww\.|@", line, re.IGNORECASE):
            raise ValidationError(
                _("This holds an address of a page or a mailbox. Please remove it.")
            )
        return line


class AddressField(forms.CharField):
    """An e-mail address; its cleaned value is an Address."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> Any:
        """Return the Address, or the empty value. Raises ValidationError."""
        text = super().clean(value)
        if not text:
            return text
        try:
            return Address.parse(text)
        except AddressError as error:
            raise ValidationError(
                _("“%(address)s” is not an address that mail can be sent to. Please check it."),
                params={"address": text},
            ) from error


class SignatureForm(forms.Form):
    """What a signer types: two fields are needed, the rest is theirs to leave out."""

    name = SignerField(
        label=_("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please give the name that you sign with.")},
    )
    email = AddressField(
        label=_("E-mail address"),
        help_text=_("Never shown, and deleted once you have confirmed."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please give an address to which we can send a code.")},
    )
    role = SignerField(
        label=_("Role"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    affiliation = SignerField(
        label=_("Company or organization"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def clean_name(self) -> str:
        """Refuse a name without a single letter."""
        name: str = self.cleaned_data["name"]
        if not any(character.isalpha() for character in name):
            raise ValidationError(_("“%(name)s” has no letters in it."), params={"name": name})
        return name


class CodeForm(forms.Form):
    """The code from the mail."""

    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("Please type the code from the mail.")},
    )

    def clean_code(self) -> str:
        """Return the digits; people type spaces and dashes between them."""
        digits = "".join(filter(str.isalnum, self.cleaned_data["code"]))
        if len(digits) != CODE_DIGITS or not digits.isascii() or not digits.isdigit():
            raise ValidationError(
                _("The code has %(number)s digits; you typed “%(code)s”."),
                params={"number": CODE_DIGITS, "code": self.cleaned_data["code"]},
            )
        return digits
