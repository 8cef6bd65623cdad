"""Evidence that a person with an account keeps, for use under more than one letter."""

from collections.abc import Iterable

from django.http import HttpRequest

from accounts.addresses import Address
from accounts.facts import Fact, Method
from accounts.models import Evidence, User

from .models import IdentityKind, Petition, SubjectKind


def keep(request: HttpRequest, facts: Iterable[Fact], identity: str) -> None:
    """Keep facts with the account of the person who proved them, if they are signed in."""
    if isinstance(request.user, User):
        for fact in facts:
            Evidence.keep(request.user, fact, identity)


def usable(request: HttpRequest, petition: Petition) -> list[Evidence]:
    """Return what the person who is signed in keeps that says something under this letter."""
    if not isinstance(request.user, User):
        return []
    return [kept for kept in request.user.evidence.all() if _fits(kept, petition)]


def _fits(kept: Evidence, petition: Petition) -> bool:
    if kept.method in (Method.GITHUB_ACCOUNT, Method.SSH_KEY):
        return True
    if kept.method == Method.WORK_DOMAIN:
        return kept.subject in petition.work_domains
    subjects = petition.github_subjects.filter(github_id=kept.subject_id or 0)
    if kept.method == Method.GITHUB_ORGANIZATION:
        return subjects.filter(kind=SubjectKind.ORGANIZATION).exists()
    # Contributions are counted up to the day on which a letter was opened, or from it on.
    opened_on = petition.opened_at.date().isoformat() if petition.opened_at else None
    counted_at = kept.detail.get("until") or kept.detail.get("since")
    return counted_at == opened_on and subjects.filter(kind=SubjectKind.REPOSITORY).exists()


def identities(petition: Petition, kept: Evidence) -> dict[IdentityKind, bytes]:
    """Return what a letter keeps of whom kept evidence is about."""
    if kept.method == Method.WORK_DOMAIN:
        address = Address.parse(kept.identity)
        return {IdentityKind.WORK_ADDRESS: petition.address_hash(address)}
    return {IdentityKind.GITHUB: petition.account_hash(kept.identity)}
