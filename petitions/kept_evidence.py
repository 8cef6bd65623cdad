"""Evidence that a person with an account keeps, for use under more than one letter."""

from collections.abc import Iterable

from django.http import HttpRequest

from accounts.addresses import Address
from accounts.facts import Fact, Method
from accounts.models import Evidence, User

from .models import IdentityKind, Petition


def keep(request: HttpRequest, facts: Iterable[Fact], identity: str) -> None:
    """Keep facts with the account of the person who proved them, if they are signed in."""
    if isinstance(request.user, User):
        for fact in facts:
            Evidence.keep(request.user, fact, identity)


def usable(request: HttpRequest, petition: Petition) -> list[Evidence]:
    """Return what the person who is signed in keeps that says something under this letter."""
    if not isinstance(request.user, User):
        return []
    subjects = set(petition.github_subjects.values_list("github_id", flat=True))
    return [
        kept
        for kept in request.user.evidence.all()
        if kept.method in (Method.GITHUB_ACCOUNT, Method.SSH_KEY)
        or (kept.method == Method.WORK_DOMAIN and kept.subject in petition.work_domains)
        or kept.subject_id in subjects
    ]


def identities(petition: Petition, kept: Evidence) -> dict[IdentityKind, bytes]:
    """Return what a letter keeps of whom kept evidence is about."""
    if kept.method == Method.WORK_DOMAIN:
        address = Address.parse(kept.identity)
        return {IdentityKind.WORK_ADDRESS: petition.address_hash(address)}
    return {IdentityKind.GITHUB: petition.account_hash(kept.identity)}
