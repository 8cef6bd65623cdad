"""Signing a letter, and the wall of those who did."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from petitions import access, confirmation, throttle
from petitions.forms import SignatureForm
from petitions.languages import interface_language
from petitions.models import NAMED, Assurance, Badge, Entry, Signature, Tally, Version
from petitions.models.badge import OF_GROUPS
from petitions.models.entry import EntryQuerySet
from petitions.views.errors import refused, too_many
from petitions.views.petition import petition_page

WALL_PAGE = 50


# No CSRF token: the form stands on a page that is the same for everybody, and acts for no account.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def signatures(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the wall, or take a signature."""
    if request.method == "POST":
        return sign(request, access.version_to_sign(slug))
    return wall(request, access.public_version(slug))


def sign(request: HttpRequest, version: Version) -> HttpResponse:
    """Write a pending signature and lead on to the code.

    The answer is the same for an address that is new, has signed or gets no more mail now.
    """
    if access.comes_from_another_site(request):
        return refused(request)
    if not version.petition.accepts_signatures:
        return _not_signed(version, SignatureForm(), 409)
    language = interface_language(version.language)
    by_github = "by_github" in request.POST and bool(settings.GITHUB_CLIENT_ID)
    with translation.override(language):
        form = SignatureForm(
            request.POST, work_domains=version.petition.work_domains, by_github=by_github
        )
        valid = form.is_valid()
    if not valid:
        return _not_signed(version, form, 422)
    network = throttle.signings_from_network(request)
    address = form.cleaned_data["email"]
    mailbox = [throttle.mails_to(address)] if address else []
    reached = throttle.reached(network, *mailbox)
    if reached is network:
        return too_many(request)
    signature = _begin(version, form, language) if reached is None else None
    slug = version.petition.slug
    path = reverse("github-sign" if by_github else "confirmation", args=[slug])
    response = HttpResponseRedirect(path, status=303)
    response["Cache-Control"] = "no-store"
    confirmation.remember(response, slug, signature.pk if signature else None)
    return response


def _not_signed(version: Version, form: SignatureForm, status: int) -> HttpResponse:
    """Show the letter with what was typed; that belongs to one person."""
    response = petition_page(version, form, status=status)
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    return response


def _begin(version: Version, form: SignatureForm, language: str) -> Signature:
    signer = form.cleaned_data
    return Signature.begin(
        version,
        name=signer["name"],
        role=signer["role"],
        affiliation=signer["affiliation"],
        language=language,
        address=signer["email"] or None,
        visibility=signer["visibility"],
    )


@dataclass(frozen=True, slots=True)
class WallFilter:
    """Which signers of a wall somebody wants to see."""

    tier: str = ""
    affiliation: str = ""
    organization: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "WallFilter":
        """Read it from an address; what no signature can have is left out."""
        tier = query.get("tier", "")
        return cls(
            tier if tier in Assurance.values else "",
            _searchable(query.get("affiliation", "")),
            _searchable(query.get("organization", "")),
        )

    def apply(self, entries: EntryQuerySet) -> EntryQuerySet:
        """Return those of the entries that are wanted."""
        if self.tier:
            entries = entries.filter(assurance=self.tier)
        if self.affiliation:
            entries = entries.filter(signature__affiliation__iexact=self.affiliation)
        if self.organization:
            badges = Badge.objects.filter(subject__iexact=self.organization, method__in=OF_GROUPS)
            entries = entries.filter(signature__in=badges.values("signature"))
        return entries

    @property
    def query(self) -> str:
        """The filter as part of an address, for the next page."""
        chosen = {"tier": self.tier, "affiliation": self.affiliation}
        chosen["organization"] = self.organization
        return urlencode({name: value for name, value in chosen.items() if value})


def _searchable(text: str) -> str:
    return text.strip().replace("\x00", "")[:200]


def wall(request: HttpRequest, version: Version) -> HttpResponse:
    """Show confirmed signers, newest first, a page at a time from a stable place in the log."""
    before = request.GET.get("before", "")
    chosen = WallFilter.read(request.GET)
    # Python refuses to read numbers of thousands of digits.
    place = int(before[:20]) if before.isascii() and before.isdigit() else Entry.MAX_INDEX
    entries = Entry.objects.newest_of(version.petition, before=min(place, Entry.MAX_INDEX))
    shown = chosen.apply(entries.filter(signature__visibility__in=NAMED))
    page = list(
        shown.select_related("signature").prefetch_related("signature__badges")[: WALL_PAGE + 1]
    )
    context = {
        "petition": version.petition,
        "version": version,
        "count": Tally.objects.count_of(version.petition),
        "signers": [entry.signature for entry in page[:WALL_PAGE]],
        "before": page[WALL_PAGE - 1].index if len(page) > WALL_PAGE else None,
        "is_first_page": not before,
        "chosen": chosen,
        "tiers": Assurance,
        "groups": Badge.objects.groups_of(version.petition) if not before else [],
    }
    with translation.override(interface_language(version.language)):
        response = render(request, "petitions/wall.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response
