"""How signatures were verified, in words for whoever gets the letter."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from petitions.models import Assurance


def verification(tiers: Iterable[Assurance]) -> str:
    """Return Markdown in the active language: what holds for all, and a sentence for each tier."""
    points = [f"- {_sentence(tier) % {'tier': tier.label}}" for tier in tiers]
    return "\n".join([_of_all(), "", *points])


def _of_all() -> str:
    return _(
        "Each signature counts once, under the strongest evidence that its signer gave. Evidence "
        "says what was so on the day of the check, and nothing more: name, role and company are "
        "what the signer says."
    )


def _sentence(tier: Assurance) -> str:
    match tier:
        case Assurance.EMAIL:
            return _(
                "**%(tier)s**: the signer typed a code, or pressed a button in the browser that "
                "signed, after a mail to an address. That shows control of the address."
            )
        case Assurance.ORGANIZER:
            return _(
                "**%(tier)s**: an organizer of this letter checked by hand who signed, and noted "
                "what was seen."
            )
        case Assurance.WORK_DOMAIN:
            return _(
                "**%(tier)s**: the signer controlled an address at a domain that this letter "
                "names, by a code mailed to it, or because GitHub had verified it for the signer's "
                "account."
            )
        case Assurance.GITHUB_ACCOUNT:
            return _(
                "**%(tier)s**: the signer signed in to a GitHub account, or signed a statement "
                "with an SSH key that the account listed."
            )
        case Assurance.GITHUB_ORGANIZATION:
            return _(
                "**%(tier)s**: GitHub said that the signer's account was an active member of an "
                "organization that this letter names."
            )
        case Assurance.GITHUB_CONTRIBUTOR:
            return _(
                "**%(tier)s**: GitHub counted pull requests of the signer's account that were "
                "merged into a repository that this letter names, or, where there were none, "
                "commits, which say less."
            )
