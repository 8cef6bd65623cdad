"""Facts about a person: what, checked by which method, on which date. And their words.

A fact is plain data, so that a session, an account and a signature can each keep a copy of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

type Detail = str | int


class Method(TextChoices):
    """How a fact was checked."""

    EMAIL = "email", gettext_lazy("E-mail")
    WORK_DOMAIN = "work_domain", gettext_lazy("Work domain")
    GITHUB_ACCOUNT = "github_account", gettext_lazy("GitHub account")
    GITHUB_ORGANIZATION = "github_organization", gettext_lazy("GitHub organization")
    GITHUB_CONTRIBUTOR = "github_contributor", gettext_lazy("GitHub contributor")
    SSH_KEY = "ssh_key", gettext_lazy("SSH key")
    ORGANIZER = "organizer", gettext_lazy("Organizer")


@dataclass(frozen=True, slots=True)
class Fact:
    """One checked fact.

    `subject` is what it is about, as shown: "example.com", "octocat", "acme", "acme/widget"; ""
    where the method says all. `subject_id` is the numeric id that GitHub knows the account,
    organization or repository by, which survives a new name. `detail` is, by method:

    - work_domain: {"through": "mail" or "github"};
    - github_account, ssh_key: {"created_on": "2011-01-25"}, of the account;
    - github_organization: {"membership": "public" or "private"};
    - github_contributor: {"contributions": "pull requests" or "commits", "number": 12,
      "at_least": 0 or 1}, and "until" where it counts those merged before that day ("2026-11-01"),
      or "since" where it counts those merged on that day or later because none was earlier;
    - organizer: {"seen": what the organizer saw, in words}.
    """

    method: Method
    checked_on: date
    subject: str = ""
    subject_id: int | None = None
    detail: Mapping[str, Detail] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can hold, for `from_json`."""
        return {
            "method": self.method.value,
            "checked_on": self.checked_on.isoformat(),
            "subject": self.subject,
            "subject_id": self.subject_id,
            "detail": dict(self.detail),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned. Raises KeyError or ValueError for anything else."""
        return cls(
            method=Method(data["method"]),
            checked_on=date.fromisoformat(data["checked_on"]),
            subject=data["subject"],
            subject_id=data["subject_id"],
            detail=dict(data["detail"]),
        )


def headline(fact: Fact) -> str:  # noqa: PLR0911 (one for each method)
    """Return a badge's few words, in the reader's language. The date goes beside them."""
    match fact.method:
        case Method.EMAIL:
            return _("E-mail confirmed")
        case Method.WORK_DOMAIN:
            return _("%(domain)s address") % {"domain": fact.subject}
        case Method.GITHUB_ACCOUNT:
            return _("GitHub: %(login)s") % {"login": fact.subject}
        case Method.GITHUB_ORGANIZATION:
            return _("Member of %(organization)s") % {"organization": fact.subject}
        case Method.GITHUB_CONTRIBUTOR:
            return _contributions(fact)
        case Method.SSH_KEY:
            return _("SSH key of GitHub: %(login)s") % {"login": fact.subject}
        case Method.ORGANIZER:
            return _("Checked by an organizer")


def explanation(fact: Fact) -> str:  # noqa: PLR0911 (one for each method)
    """Return a full sentence with method and date, in the reader's language.

    In the past tense, since all that is known is what was so on that day.
    """
    words = {
        "subject": fact.subject,
        "date": _day(fact.checked_on),
        "seen": fact.detail.get("seen", ""),
    }
    match fact.method:
        case Method.EMAIL:
            return _("Confirmed an e-mail address on %(date)s, by a mail to it.") % words
        case Method.WORK_DOMAIN:
            return _of_domain(fact) % words
        case Method.GITHUB_ACCOUNT:
            return _("Signed in to GitHub as %(subject)s on %(date)s.") % words + _age(fact)
        case Method.GITHUB_ORGANIZATION:
            return _of_organization(fact) % words
        case Method.GITHUB_CONTRIBUTOR:
            return _of_contributor(fact)
        case Method.SSH_KEY:
            return _(
                "Signed a statement on %(date)s with a key that the GitHub account %(subject)s listed."
            ) % words + _age(fact)
        case Method.ORGANIZER:
            return _of_organizer(fact) % words


def _of_domain(fact: Fact) -> str:
    if fact.detail.get("through") == "github":
        return _(
            "Controlled an address at %(subject)s on %(date)s: GitHub had verified it for the"
            " signer's account."
        )
    return _("Controlled an address at %(subject)s on %(date)s, by a code mailed to it.")


def _of_organization(fact: Fact) -> str:
    if fact.detail.get("membership") == "public":
        return _(
            "Was listed as a public member of the GitHub organization %(subject)s on %(date)s."
        )
    return _(
        "Was an active member of the GitHub organization %(subject)s on %(date)s, as GitHub said"
        " with the member's permission."
    )


def _of_contributor(fact: Fact) -> str:
    words = {"what": _contributions(fact), "date": _day(fact.checked_on)}
    if until := fact.detail.get("until"):
        words["day"] = _day(date.fromisoformat(str(until)))
        sentence = _("%(what)s before %(day)s, as GitHub said on %(date)s.") % words
    elif since := fact.detail.get("since"):
        words["day"] = _day(date.fromisoformat(str(since)))
        sentence = (
            _("%(what)s since the letter was opened on %(day)s, as GitHub said on %(date)s.")
            % words
        )
    else:
        sentence = _("%(what)s, as GitHub said on %(date)s.") % words
    if fact.detail.get("contributions") == "commits":
        sentence += " " + _(
            "Commits say less than merged pull requests: their author is what the commit claims."
        )
    return sentence


def _of_organizer(fact: Fact) -> str:
    if fact.detail.get("seen"):
        return _("Checked by an organizer on %(date)s, who saw: %(seen)s.")
    return _("Checked by an organizer on %(date)s.")


def _contributions(fact: Fact) -> str:
    number = int(fact.detail.get("number", 0))
    words = {
        "number": number_format(number, force_grouping=True),
        "repository": fact.subject,
    }
    merged = fact.detail.get("contributions") == "pull requests"
    if fact.detail.get("at_least"):
        text = (
            ngettext(
                "At least %(number)s pull request merged into %(repository)s",
                "At least %(number)s pull requests merged into %(repository)s",
                number,
            )
            if merged
            else ngettext(
                "At least %(number)s commit in %(repository)s",
                "At least %(number)s commits in %(repository)s",
                number,
            )
        )
    else:
        text = (
            ngettext(
                "%(number)s pull request merged into %(repository)s",
                "%(number)s pull requests merged into %(repository)s",
                number,
            )
            if merged
            else ngettext(
                "%(number)s commit in %(repository)s",
                "%(number)s commits in %(repository)s",
                number,
            )
        )
    return text % words


def _age(fact: Fact) -> str:
    created_on = fact.detail.get("created_on")
    if not created_on:
        return ""
    day = _day(date.fromisoformat(str(created_on)))
    return " " + _("The account was created on %(day)s.") % {"day": day}


def _day(day: date) -> str:
    return date_format(day, pgettext("date format", "j F Y"))
