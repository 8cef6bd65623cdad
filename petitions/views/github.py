"""GitHub as evidence: for a signature of one's own, or to sign with instead of an address.

The way there and back is `accounts.proof`'s. `receive` gets what GitHub said, in memory; what it
said is kept with the signature as facts, and who it is about as a keyed hash.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import proof
from accounts.facts import Method
from accounts.proof import Proof, Wanted
from petitions import access, confirmation, kept_evidence, ownership
from petitions.languages import interface_language
from petitions.models import (
    AnotherSignatureError,
    Identity,
    IdentityKind,
    Outcome,
    Petition,
    Signature,
    SubjectKind,
    Target,
)
from petitions.views.own_signature import of_another_signature, own, to_own

# Whoever runs a server sees who lets us ask there, and GitHub's owner is a target of letters.
_GITHUB = ("github.com", "microsoft.com")
# Below ghe.com GitHub runs servers for others.
_RUN_BY = {"github.com": _GITHUB, "ghe.com": _GITHUB}
_OWN, _SIGN = "own", "sign"


@dataclass(frozen=True, slots=True)
class Choice:
    """One fact that somebody may choose to prove, under a key for the form."""

    key: str
    label: str
    wanted: Wanted

    @property
    def permission(self) -> str:
        """What GitHub will ask the person to permit, in words."""
        match sorted(self.wanted.scopes):
            case ["read:org"]:
                return _("GitHub asks you to let us read your memberships of organizations.")
            case ["user:email"]:
                return _("GitHub asks you to let us read your e-mail addresses.")
            case _:
                return _("GitHub asks you for no permission but to see what is public.")


def choices(petition: Petition) -> Iterator[Choice]:
    """Yield what can be proved through GitHub for a letter, the least telling first."""
    opened_on = petition.opened_at.date() if petition.opened_at else None
    yield Choice("account", _("That a GitHub account is mine"), Wanted(Method.GITHUB_ACCOUNT))
    for subject in petition.github_subjects.all():
        words = {"name": subject.name}
        method = Method.GITHUB_ORGANIZATION
        if subject.kind == SubjectKind.REPOSITORY:
            method = Method.GITHUB_CONTRIBUTOR
            label = _("That I contributed to %(name)s") % words
            wanted = Wanted(method, subject.name, subject.github_id, until=opened_on)
            yield Choice(f"repository-{subject.pk}", label, wanted)
            continue
        label = _("That I am a public member of %(name)s") % words
        yield Choice(
            f"organization-{subject.pk}", label, Wanted(method, subject.name, subject.github_id)
        )
        label = _("That I am a member of %(name)s, though not publicly") % words
        wanted = Wanted(method, subject.name, subject.github_id, private=True)
        yield Choice(f"membership-{subject.pk}", label, wanted)
    if petition.work_domains:
        domains = tuple(petition.work_domains)
        label = _("That GitHub verified an address of mine at %(domains)s") % {
            "domains": ", ".join(domains)
        }
        yield Choice("address", label, Wanted(Method.WORK_DOMAIN, domains=domains))


def targets_that_see(petition: Petition) -> list[Target]:
    """Return the targets that run the GitHub server, and so see who permits us to ask there."""
    host = urlsplit(settings.GITHUB_URL).hostname or ""
    labels = host.split(".")
    # git.example.com is run by whoever has example.com.
    names = [".".join(labels[start:]) for start in range(len(labels))]
    domains = {domain for name in names for domain in _RUN_BY.get(name, (name,))}
    return list(petition.targets.filter(domain__in=domains))


@require_http_methods(["GET", "HEAD", "POST"])
@own
def add(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Let the owner of a signature choose a fact, and send them to GitHub."""
    slug = signature.petition.slug
    next_url = reverse("own-signature", args=[slug])
    return _choose(request, signature, f"{_OWN}:{slug}:{signature.pk}", next_url)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, slug: str) -> HttpResponse:
    """Let the browser that has just signed without an address confirm through GitHub."""
    version = access.public_version(slug)
    pk = confirmation.remembered(request, for_code=True)
    pending = Signature.objects.pending(timezone.now()).select_related("petition", "version")
    signature = pending.filter(pk=pk or UUID(int=0), petition=version.petition, address="").first()
    with translation.override(interface_language(version.language)):
        if signature is None:
            return HttpResponseRedirect(version.petition.get_absolute_url() + "#sign", status=303)
        next_url = version.petition.get_absolute_url()
        response = _choose(request, signature, f"{_SIGN}:{slug}:{signature.pk}", next_url)
    response["X-Robots-Tag"] = "noindex"
    return response


def _choose(
    request: HttpRequest, signature: Signature, context: str, next_url: str
) -> HttpResponse:
    if not settings.GITHUB_CLIENT_ID:
        raise Http404(_("This site is not set up to ask GitHub."))
    offered = list(choices(signature.petition))
    chosen = [choice for choice in offered if choice.key == request.POST.get("fact")]
    if request.method == "POST" and chosen:
        return proof.begin(request, chosen[0].wanted, next_url, context)
    page = {
        "petition": signature.petition,
        "version": signature.version,
        "signature": signature,
        "choices": offered,
        "github_url": settings.GITHUB_URL,
        "seen_by": targets_that_see(signature.petition),
        "signs": context.startswith(_SIGN),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "petitions/github_proof.html", page, status=status)


def receive(request: HttpRequest, ended: Proof) -> HttpResponse:
    """Give what GitHub said to the signature that it was asked for. For `accounts.proof`.

    The context comes out of the session of the browser that began, so it is not checked again.
    """
    purpose, slug, pk = ended.context.split(":")
    version = access.public_version(slug)
    with translation.override(interface_language(version.language)):
        if not ended.revoked:
            messages.warning(
                request,
                _(
                    "GitHub did not confirm that it forgot the permission you gave. You can"
                    " take it back there yourself, under Settings, Applications."
                ),
            )
        if ended.refusal or ended.account is None:
            messages.error(request, ended.refusal.words if ended.refusal else "")
            name = "github-sign" if purpose == _SIGN else "own-signature"
            return HttpResponseRedirect(reverse(name, args=[slug]), status=303)
        if purpose == _SIGN:
            return _signed(request, version.petition, UUID(pk), ended)
        signature = Signature.objects.select_related("petition", "version").filter(pk=pk).first()
        if signature and _prove(request, signature, ended):
            messages.success(request, _("Your signature has a new badge."))
        return HttpResponseRedirect(reverse("own-signature", args=[slug]), status=303)


def _prove(request: HttpRequest, signature: Signature, ended: Proof) -> bool:
    assert ended.account is not None
    petition = signature.petition
    account = {IdentityKind.GITHUB: petition.account_hash(ended.account.identity)}
    try:
        # All or none: one address of somebody else's is enough to doubt the others.
        with transaction.atomic():
            for address in ended.addresses:
                work = {IdentityKind.WORK_ADDRESS: petition.address_hash(address)}
                if not signature.prove(ended.facts, account | work):
                    return False
            if not ended.addresses and not signature.prove(ended.facts, account):
                return False
    except AnotherSignatureError:
        messages.error(request, of_another_signature())
        return False
    at = {address.domain: str(address) for address in ended.addresses}
    for fact in ended.facts:
        kept_evidence.keep(request, [fact], at.get(fact.subject, ended.account.identity))
    return True


def _signed(request: HttpRequest, petition: Petition, pk: UUID, ended: Proof) -> HttpResponse:
    """Confirm a signature by its account; one that the person has already gains the evidence."""
    assert ended.account is not None
    earlier = _earlier(petition, ended)
    if earlier:
        Signature.objects.pending(timezone.now()).filter(pk=pk).delete()
        if _prove(request, earlier, ended):
            messages.info(
                request,
                _("You had signed this letter already. That signature now has the badge."),
            )
        response = to_own(earlier)
        ownership.give(response, petition.slug, earlier.pk)
        return response
    account_hash = petition.account_hash(ended.account.identity)
    outcome = Signature.confirm_by_account(
        petition.slug, pk, ended.facts, account_hash, map(petition.address_hash, ended.addresses)
    )
    if outcome is not Outcome.CONFIRMED:
        another = outcome is Outcome.ALREADY_SIGNED
        messages.error(
            request,
            of_another_signature() if another else _("This took too long. Please sign again."),
        )
        return HttpResponseRedirect(reverse("link-request", args=[petition.slug]), status=303)
    response = HttpResponseRedirect(reverse("thanks", args=[petition.slug]), status=303)
    ownership.give(response, petition.slug, pk)
    return response


def _earlier(petition: Petition, ended: Proof) -> Signature | None:
    """Return what this person has signed before, by account or by an address that GitHub verified."""
    assert ended.account is not None
    known = Identity.objects.of_github(petition, ended.account.identity)
    for address in ended.addresses:
        # Whoever runs the mail server could have GitHub verify everybody's address. So an address
        # that was only proved opens nothing; one that was signed with was the signer's choice.
        found = Identity.objects.of_address(petition, address)
        known = known or (found if found and found.kind == IdentityKind.ADDRESS else None)
    if known is None:
        return None
    return Signature.objects.select_related("petition", "version").get(pk=known.signature_id)
