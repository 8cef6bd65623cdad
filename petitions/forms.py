"""The shape of what people send."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.addresses import Address, AddressError

from .confirmation import CODE_DIGITS
from .models.visibility import NAMED, Visibility
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


class SignerForm(forms.Form):
    """How a signer appears: what they choose to show, in the words that they choose."""

    visibility = forms.ChoiceField(
        label=_("How you appear"),
        choices=Visibility.choices,
        required=False,
        initial=Visibility.PUBLIC,
        widget=forms.RadioSelect,
    )
    name = SignerField(
        label=_("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please give the name that you sign with.")},
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.get("visibility") or Visibility.PUBLIC
        self.fields["name"].required = chosen not in Visibility.values or chosen in NAMED

    def clean_visibility(self) -> Visibility:
        """Return the choice; with their name, for who made none."""
        return Visibility(self.cleaned_data["visibility"] or Visibility.PUBLIC)

    def clean_name(self) -> str:
        """Refuse a name without a single letter; of one that is not shown keep nothing."""
        if not self.fields["name"].required:
            return ""
        name: str = self.cleaned_data["name"]
        if not any(character.isalpha() for character in name):
            raise ValidationError(_("“%(name)s” has no letters in it."), params={"name": name})
        return name


class SignatureForm(SignerForm):
    """What a signer types: two fields are needed, the rest is theirs to leave out."""

    email = AddressField(
        label=_("E-mail address"),
        help_text=_("Never shown, and deleted once you have confirmed. Best a private one."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please give an address to which we can send a code.")},
    )
    may_be_read = forms.BooleanField(
        label=_("Send the code there. My employer may see that mail."), required=False
    )

    field_order = ("name", "email", "may_be_read", "role", "affiliation", "visibility")

    def __init__(
        self, *args: Any, work_domains: Sequence[str] = (), by_github: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._work_domains = work_domains
        if by_github:
            # Whoever confirms through GitHub gives no address; one that was typed is let go.
            self.fields["email"].disabled = True
            self.fields["email"].required = False
        # Seen by who is asked; the page itself is the same for everybody.
        self.asks_about_work = False
        self.offers_github = bool(settings.GITHUB_CLIENT_ID)

    def clean(self) -> dict[str, Any]:
        """Ask once more before a mail goes where an employer can read it."""
        address = self.cleaned_data.get("email")
        if address and address.domain in self._work_domains:
            self.asks_about_work = True
            if not self.cleaned_data["may_be_read"]:
                self.add_error(
                    "email",
                    ValidationError(
                        _(
                            "Whoever runs %(domain)s can see mail that goes there. Give a private "
                            "address and show later that you have this one, or tick the box below."
                        ),
                        params={"domain": address.domain},
                    ),
                )
        return self.cleaned_data


class WorkAddressForm(forms.Form):
    """An address at one of the domains that a letter names."""

    email = AddressField(
        label=_("Address at work"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Please give your address at work.")},
    )

    def __init__(self, *args: Any, work_domains: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._work_domains = work_domains

    def clean_email(self) -> Address:
        """Refuse every other domain; a sub-domain is another one, and so is a look-alike."""
        address: Address = self.cleaned_data["email"]
        if address.domain not in self._work_domains:
            raise ValidationError(
                _("%(domain)s is not among the domains of this letter: %(domains)s."),
                params={"domain": address.domain, "domains": ", ".join(self._work_domains)},
            )
        return address


class LinkRequestForm(forms.Form):
    """The address that somebody signed with."""

    email = AddressField(
        label=_("The address that you signed with"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please give the address that you signed with.")},
    )


class GitHubLoginForm(forms.Form):
    """Whose keys a signature is checked against."""

    login = forms.RegexField(
        label=_("Your GitHub login"),
        regex=r"\A[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})\Z",
        max_length=99,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={
            "required": _("Please give your GitHub login."),
            "invalid": _("This is not a GitHub login: letters, digits and hyphens only."),
        },
    )


class OneWayTextarea(forms.Textarea):
    """A text that is not shown again, as nobody knows what was pasted: perhaps a private key."""

    def format_value(self, value: Any) -> None:
        """Return nothing."""


class SshSignatureForm(GitHubLoginForm):
    """What ssh-keygen wrote, and the line that it signed."""

    until = forms.DateTimeField(widget=forms.HiddenInput)
    signature = forms.CharField(
        label=_("What the command wrote"),
        max_length=16_000,
        strip=False,
        widget=OneWayTextarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": _("Please paste what the command wrote.")},
    )


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
