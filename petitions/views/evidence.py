"""Adding evidence to a signature of one's own: an address at work, GitHub, an SSH key."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.addresses import Address
from accounts.facts import Fact, Method
from accounts.github.errors import NotProved
from accounts.github.keys import PublicKeys, public_keys
from accounts.models import Evidence
from accounts.ssh import signature as ssh_signature
from accounts.ssh import statement as ssh_statement
from accounts.ssh.refusal import SignatureRefused
from petitions import confirmation, kept_evidence, throttle
from petitions.forms import CodeForm, GitHubLoginForm, SshSignatureForm, WorkAddressForm
from petitions.models import AnotherSignatureError, IdentityKind, Signature, WorkOutcome, WorkProof
from petitions.models.badge import work_domain
from petitions.views.errors import too_many
from petitions.views.own_signature import of_another_signature, own, to_own

SSH_LIFETIME = timedelta(hours=24)


# --- An address at work ------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@own
def work(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Say what an employer can see, and mail a code to an address at work."""
    domains = signature.petition.work_domains
    form = WorkAddressForm(request.POST or None, work_domains=domains)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return _work_page(request, signature, status=status, form=form)
    address = form.cleaned_data["email"]
    network = throttle.signings_from_network(request)
    reached = throttle.reached(
        network, throttle.work_codes(signature.pk), throttle.mails_to(address)
    )
    if reached is network:
        return too_many(request)
    # Refused or not, the next page is the same: nobody learns of mails that others asked for.
    if reached is None:
        WorkProof.begin(signature, address)
    path = reverse("work-code", args=[signature.petition.slug])
    return HttpResponseRedirect(path, status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@own
def work_code(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Take the code that was mailed to the address at work."""
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return _work_page(request, signature, status=status, code_form=form)
    proof = WorkProof.objects.filter(signature=signature).first()
    if proof is None:
        outcome = WorkOutcome.EXPIRED
    else:
        right = confirmation.is_code(proof.pk, form.cleaned_data["code"])
        outcome = proof.finish(has_right_code=right)
    if proof and outcome is WorkOutcome.PROVED:
        address = Address.parse(proof.address)
        kept_evidence.keep(request, (work_domain(address.domain),), str(address))
        messages.success(request, _("Your signature has a new badge."))
        return to_own(signature)
    form.add_error("code", _work_refusal(outcome))
    return _work_page(request, signature, status=422, code_form=form)


def _work_refusal(outcome: WorkOutcome) -> str:
    match outcome:
        case WorkOutcome.WRONG_CODE:
            return _(
                "This is not the code in the mail. Compare the digits; the newest mail counts."
            )
        case WorkOutcome.NO_ATTEMPTS_LEFT:
            return _("Too many wrong codes. Ask for a new one.")
        case WorkOutcome.OF_ANOTHER_SIGNATURE:
            return of_another_signature()
        case _:
            return _("This code is no longer valid. Ask for a new one.")


def _work_page(
    request: HttpRequest,
    signature: Signature,
    *,
    status: int,
    form: WorkAddressForm | None = None,
    code_form: CodeForm | None = None,
) -> HttpResponse:
    context = {
        "petition": signature.petition,
        "version": signature.version,
        "signature": signature,
        "form": form or code_form,
        "asks_for_code": code_form is not None,
        "domains": signature.petition.work_domains,
        "sender": settings.CODE_MAIL_FROM,
    }
    return render(request, "petitions/work_proof.html", context, status=status)


# --- An SSH key --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@own
def ssh(request: HttpRequest, signature: Signature) -> HttpResponse:
    """Show what to sign with a key that GitHub lists for an account, and check what was signed."""
    if request.method != "POST":
        return _ssh_page(request, signature, GitHubLoginForm())
    if "signature" not in request.POST:
        form = GitHubLoginForm(request.POST)
        if not form.is_valid():
            return _ssh_page(request, signature, form, status=422)
        # To the minute, as the line says it and the form sends it back: both make the challenge.
        until = (timezone.now() + SSH_LIFETIME).replace(second=0, microsecond=0)
        login = form.cleaned_data["login"]
        again = SshSignatureForm(initial={"login": login, "until": until.isoformat("T", "minutes")})
        return _ssh_page(request, signature, again, _line(signature, login, until))
    return _check_ssh(request, signature)


def _check_ssh(request: HttpRequest, signature: Signature) -> HttpResponse:
    form = SshSignatureForm(request.POST)
    if not form.is_valid():
        return _ssh_page(request, signature, form, _typed_line(signature, form), status=422)
    login, until = form.cleaned_data["login"], form.cleaned_data["until"]
    line = _line(signature, login, until)
    if not timezone.now() < until <= timezone.now() + SSH_LIFETIME + timedelta(minutes=1):
        form.add_error(None, _("This line is no longer valid. Begin anew."))
        return _ssh_page(request, signature, form, status=422)
    if throttle.reached(throttle.questions_to_github(request)):
        return too_many(request)
    try:
        found = public_keys(login)
        ssh_signature.verify(
            line.encode(), form.cleaned_data["signature"], _namespace(), found.lines
        )
        fact = _of_key(found)
        proved = signature.prove(
            [fact],
            {IdentityKind.GITHUB: signature.petition.account_hash(found.account.identity)},
        )
    except NotProved as error:
        form.add_error(None, error.refusal.words)
    except SignatureRefused as error:
        form.add_error("signature", str(error))
    except AnotherSignatureError:
        form.add_error(None, of_another_signature())
    else:
        if proved:
            kept_evidence.keep(request, (fact,), found.account.identity)
            messages.success(request, _("Your signature has a new badge."))
        return to_own(signature)
    return _ssh_page(request, signature, form, line, status=422)


def _line(signature: Signature, login: str, until: datetime) -> str:
    """Return the line to sign. Its challenge changes with the signature, so it is used once."""
    secret = [signature.pk.hex, bytes(signature.salt or b"").hex(), login, until.isoformat()]
    challenge = salted_hmac("petitions.ssh", "|".join(secret), algorithm="sha256").hexdigest()[:24]
    page = settings.BASE_URL + signature.petition.get_absolute_url()
    return ssh_statement.statement(
        github_url=settings.GITHUB_URL,
        login=login,
        page=page,
        challenge=challenge,
        until=until.astimezone(UTC),
    )


def _typed_line(signature: Signature, form: SshSignatureForm) -> str:
    """Return the line again, if what it was made of came back whole."""
    login, until = form.cleaned_data.get("login"), form.cleaned_data.get("until")
    return _line(signature, login, until) if login and until else ""


def _namespace() -> str:
    return ssh_statement.namespace(settings.BASE_URL)


def _of_key(found: PublicKeys) -> Fact:
    return Fact(
        method=Method.SSH_KEY,
        subject=found.account.login,
        subject_id=found.account.id,
        detail={"created_on": found.account.created_on.isoformat()},
        checked_on=timezone.now().date(),
    )


def _ssh_page(
    request: HttpRequest,
    signature: Signature,
    form: GitHubLoginForm,
    line: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "petition": signature.petition,
        "version": signature.version,
        "signature": signature,
        "form": form,
        "command": ssh_statement.command(line, _namespace()) if line else "",
        "github_url": settings.GITHUB_URL,
    }
    return render(request, "petitions/ssh_proof.html", context, status=status)


# --- What an account keeps ---------------------------------------------------------------------


@require_POST
@own
def use_kept(request: HttpRequest, signature: Signature, evidence: int) -> HttpResponse:
    """Put a copy of kept evidence on a signature, with the date of its check."""
    offered = kept_evidence.usable(request, signature.petition)
    kept = get_object_or_404(Evidence, pk=evidence, pk__in=[each.pk for each in offered])
    try:
        if signature.prove([kept.fact], kept_evidence.identities(signature.petition, kept)):
            messages.success(request, _("Your signature has a new badge."))
    except AnotherSignatureError:
        messages.error(request, of_another_signature())
    return to_own(signature)
