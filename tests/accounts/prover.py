"""A site on which anything can be proved: it begins proofs as it is told, and takes them."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client
from django.urls import include, path

from accounts.proof import Proof, Wanted, begin
from local.github import GitHub

#: What `prove` begins, and what `receive` got.
WANTED: list[Wanted] = []
RECEIVED: list[Proof] = []


def prove(request: HttpRequest) -> HttpResponse:
    return begin(request, WANTED[-1], "/petitions/weekends/", context="signature 7")


def receive(request: HttpRequest, proof: Proof) -> HttpResponse:
    RECEIVED.append(proof)
    return HttpResponseRedirect(proof.next_url)


urlpatterns = [path("prove/", prove), path("", include("petitions.urls"))]


@dataclass
class Person:
    """Somebody with a browser and an account at GitHub."""

    github: GitHub
    login: str = "ada-example"
    client: Client = field(default_factory=Client)

    def leave(self, wanted: Wanted) -> str:
        """Start a proof; return the address at GitHub that the browser is sent to."""
        WANTED.append(wanted)
        return self.client.post("/prove/")["Location"]

    def come_back(self, address: str) -> HttpResponse:
        """Open the address that GitHub sent the browser to."""
        return self.client.get(address.removeprefix("http://testserver"))  # type: ignore[return-value]  # test clients add to it

    def prove(self, wanted: Wanted, scopes: list[str] | None = None) -> Proof:
        """Go to GitHub, let the site in, come back; return how that ended."""
        before = len(RECEIVED)
        back = self.github.decide(self.leave(wanted), self.login, scopes)
        assert self.come_back(back).status_code == 302
        (ended,) = RECEIVED[before:]
        return ended


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
