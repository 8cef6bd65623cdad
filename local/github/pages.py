"""The one page that a person sees: who they are here, and what the site may know."""

from html import escape
from urllib.parse import urlsplit

from .http import Answer
from .world import Person, World

_MEANINGS = {
    "read:org": "Read your organizations, and your memberships of them",
    "user:email": "Read your e-mail addresses",
}
_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark }
.notice { border: 3px double; padding: .75rem 1rem }
button { font: inherit; display: block; width: 100%; text-align: start; margin: .5rem 0;
  padding: .6rem .9rem }
"""


def consent(asked: dict[str, str], world: World, scopes: tuple[str, ...]) -> Answer:
    """Show who may be let in as, and a checkbox for each scope that is asked for."""
    body = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stand-in for GitHub</title>
<style>{_STYLE}</style>
<main>
<p class="notice"><strong>This is a stand-in for GitHub on your machine.</strong>
Nobody here exists, and nothing reaches github.com.</p>
<h1>Let Undersigned in?</h1>
<form method="post" action="/login/oauth/authorize">
{"".join(_hidden(name, asked.get(name, "")) for name in _KEPT)}
<fieldset><legend>It may</legend>{_permissions(scopes)}</fieldset>
<h2>Continue as</h2>
{"".join(map(_button, world.people))}
<button name="cancel" value="yes">Cancel</button>
</form>
</main>
</html>"""
    site = urlsplit(asked["redirect_uri"])
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {site.scheme}://{site.netloc}"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Answer(200, body.encode(), headers)


_KEPT = ("redirect_uri", "state", "code_challenge")


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _permissions(scopes: tuple[str, ...]) -> str:
    if not scopes:
        return "<p>see what everybody can see of you, and nothing else.</p>"
    return "".join(
        f'<p><label><input type="checkbox" name="grant" value="{scope}" checked> '
        f"{_MEANINGS[scope]} (<code>{scope}</code>)</label></p>"
        for scope in scopes
    )


def _button(person: Person) -> str:
    verified = ", ".join(email.email for email in person.emails if email.verified)
    words = f"{person.login} ({person.type.lower()}, since {person.created_at[:10]}"
    words += f"; {verified})" if verified else ")"
    return f'<button name="login" value="{escape(person.login)}">{escape(words)}</button>'
