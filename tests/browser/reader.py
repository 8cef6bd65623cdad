"""A person with a browser of their own."""

from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Request, Response

from tests.site import Signer

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
# The browser's own note of a page whose status isn't 200, which is often what we want.
_STATUS_NOTE = "Failed to load resource"


class Reader:
    """Opens pages and writes down what should not happen: errors, and requests to elsewhere."""

    def __init__(self, context: BrowserContext) -> None:
        self.troubles: list[str] = []
        self._known: set[str] = set()
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", self._requested)
        self.page.on("response", self._answered)

    def may_visit(self, address: str) -> None:
        """Allow journeys between the site and this other one."""
        self._known.add(_host(address))

    def open(self, address: str) -> int:
        """Open a page and return its status."""
        response = self.page.goto(address)
        assert response is not None
        return response.status

    def field(self, token: str) -> Locator:
        """An input by its autocomplete token."""
        return self.page.locator(f"input[autocomplete={token}]")

    def fill_in(self, signer: Signer) -> None:
        self.field("name").fill(signer.name)
        self.field("email").fill(signer.address)

    def submit(self) -> None:
        """Press the button of the page's form and wait for what comes."""
        button = self.page.locator("main form[method=post] button")
        with self.page.expect_navigation():
            button.click()

    def sign(self, path: str, signer: Signer) -> None:
        self.open(path)
        self.fill_in(signer)
        self.submit()

    def type_code(self, link: str, code: str) -> None:
        self.open(link)
        self.field("one-time-code").fill(code)
        self.submit()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def language(self) -> str:
        return self.page.locator("html").get_attribute("lang") or ""

    @property
    def alert(self) -> Locator:
        return self.page.get_by_role("alert")

    def barriers(self) -> list[str]:
        """What axe finds wrong with the page for people with disabilities."""
        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]

    def overflows(self) -> bool:
        """Whether one has to scroll sideways."""
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_STATUS_NOTE):
            self.troubles.append(f"console: {message.text}")

    def _requested(self, request: Request) -> None:
        own = self.page.url == "about:blank" or _host(request.url) == _host(self.page.url)
        between = {_host(request.url), _host(self.page.url)} - self._known
        journey = request.is_navigation_request() and len(between) == 1
        if not own and not journey:
            self.troubles.append(f"request to {request.url} from {self.page.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.troubles.append(f"{response.status} for {response.url}")


def _host(address: str) -> str:
    return urlsplit(address).netloc
