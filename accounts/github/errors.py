"""All that can go wrong between GitHub and us: a small, closed set."""

from accounts.refusal import Reason, Refusal


class NotProved(Exception):
    """A fact does not hold, or could not be checked; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.value)
        self.refusal = refusal


class GitHubError(NotProved):
    """GitHub did not give what it was asked for."""

    reason = Reason.UNAVAILABLE

    def __init__(self, message: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(Refusal(self.reason, retry_after))
        # For logs: what was asked and answered, never a token, a login or an address.
        self.message = message

    def __str__(self) -> str:
        return f"{self.refusal.reason.value}: {self.message}"


class Unavailable(GitHubError):
    """No answer in time, a server error, or something that is not what its API describes."""


class RateLimited(GitHubError):
    """The primary or a secondary limit; `refusal.retry_after` has the seconds to wait."""

    reason = Reason.RATE_LIMITED


class OrganizationRestricted(GitHubError):
    """The organization lets only applications in that its owners approved."""

    reason = Reason.ORGANIZATION_RESTRICTED


class SamlRequired(GitHubError):
    """The organization wants the token to be let in through its own sign-in."""

    reason = Reason.SAML_REQUIRED


class ScopeMissing(GitHubError):
    """The token was not granted the scope that this needs; `granted` has those that it was."""

    reason = Reason.SCOPE_MISSING

    def __init__(self, message: str = "", *, granted: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.granted = granted


class NotFound(GitHubError):
    """There is no such thing, or it is not shown to us: GitHub doesn't tell these apart."""

    reason = Reason.GONE


class Refused(GitHubError):
    """The token is not valid, or GitHub forbids this for no reason of those above."""

    reason = Reason.FAILED
