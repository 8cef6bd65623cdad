"""Why a fact could not be proved, in words for the person who tried."""

from dataclasses import dataclass
from math import ceil

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class Reason(TextChoices):
    """What stood in the way; each label is a sentence with a way on, where there is one."""

    CANCELLED = "cancelled", _("You cancelled at GitHub. Nothing was checked and nothing is kept.")
    FAILED = "failed", _("GitHub did not accept the way back to this site. Please start again.")
    NOT_A_PERSON = (
        "not_a_person",
        _("This GitHub account belongs to a bot or an organization. Only people can sign."),
    )
    SCOPE_MISSING = (
        "scope_missing",
        _("The permission that this check needs was not given at GitHub. Nothing was checked."),
    )
    NOT_A_PUBLIC_MEMBER = (
        "not_a_public_member",
        _(
            "GitHub does not list your account as a public member of this organization. If your"
            " membership is private, choose the check of private membership."
        ),
    )
    NOT_A_MEMBER = (
        "not_a_member",
        _("GitHub says that your account is not a member of this organization."),
    )
    MEMBERSHIP_PENDING = (
        "membership_pending",
        _(
            "Your membership of this organization is only an invitation so far. It counts once"
            " you have accepted it at GitHub."
        ),
    )
    ORGANIZATION_RESTRICTED = (
        "organization_restricted",
        _(
            "This organization does not let applications like this one see who its members are."
            " Only its owners could change that, and asking them would tell them about you, so we"
            " don't. A public membership, an SSH key or an address at work can be checked instead."
        ),
    )
    SAML_REQUIRED = (
        "saml_required",
        _(
            "This organization shows its members only to applications that were let in through"
            " the company's own sign-in (SAML), where the company would see it. So we don't ask"
            " for that. A public membership, an SSH key or an address at work can be checked"
            " instead."
        ),
    )
    NO_WORK_ADDRESS = (
        "no_work_address",
        _("Your GitHub account has no verified address at one of the domains of this letter."),
    )
    NO_CONTRIBUTIONS = (
        "no_contributions",
        _(
            "GitHub shows neither merged pull requests nor commits of your account in this"
            " repository."
        ),
    )
    GONE = (
        "gone",
        _("GitHub does not show this organization or repository, or does not show it to you."),
    )
    RATE_LIMITED = "rate_limited", _("GitHub wants to be asked less often.")
    UNAVAILABLE = "unavailable", _("GitHub did not answer as it should. Please try again later.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, and for a limit after how many seconds another try makes sense."""

    reason: Reason
    retry_after: int | None = None

    @property
    def words(self) -> str:
        """Sentences for the person who tried, in their language."""
        if self.retry_after is None:
            return str(self.reason.label)
        minutes = max(ceil(self.retry_after / 60), 1)
        wait = ngettext(
            "Please try again in %(minutes)d minute.",
            "Please try again in %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}
        return f"{self.reason.label} {wait}"
