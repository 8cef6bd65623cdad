"""Who and what there is, in memory."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Email:
    """An address of a person."""

    email: str
    verified: bool = True
    primary: bool = False


@dataclass(slots=True)
class Person:
    """A user; the `type` of a bot is "Bot"."""

    id: int
    login: str
    created_at: str = "2011-01-25T18:44:36Z"
    type: str = "User"
    emails: list[Email] = field(default_factory=list)
    #: In the format of authorized_keys.
    keys: list[str] = field(default_factory=list)
    signing_keys: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Member:
    """Somebody's place in an organization."""

    user_id: int
    state: str = "active"
    public: bool = False
    role: str = "member"


@dataclass(slots=True)
class Organization:
    """An organization; `restricted` keeps applications out, `saml` lets in by its own sign-in."""

    id: int
    login: str
    members: list[Member] = field(default_factory=list)
    restricted: bool = False
    saml: bool = False


@dataclass(slots=True)
class Pull:
    """A pull request; `merged_at` is "" where it isn't merged."""

    user_id: int
    #: Of the author when GitHub's search looked last: it may lag behind a new login.
    login: str
    merged_at: str = ""


@dataclass(slots=True)
class Commit:
    """A commit, by the account that GitHub matches its author's address with."""

    user_id: int
    login: str
    date: str


@dataclass(slots=True)
class Repository:
    """A repository, with the names that it had before."""

    id: int
    full_name: str
    old_names: list[str] = field(default_factory=list)
    private: bool = False
    pulls: list[Pull] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)


@dataclass
class World:
    """All of it. Names are found whatever their case, as GitHub does."""

    people: list[Person] = field(default_factory=list)
    organizations: list[Organization] = field(default_factory=list)
    repositories: list[Repository] = field(default_factory=list)
    #: What search says of itself: that it gave up before it had looked everywhere.
    incomplete_results: bool = False

    def person(self, login: str) -> Person | None:
        """Return who has this login now."""
        return next((one for one in self.people if one.login.lower() == login.lower()), None)

    def person_by_id(self, number: int) -> Person | None:
        """Return who has this id for ever."""
        return next((one for one in self.people if one.id == number), None)

    def organization(self, login: str) -> Organization | None:
        """Return what has this login now."""
        found = (one for one in self.organizations if one.login.lower() == login.lower())
        return next(found, None)

    def organization_by_id(self, number: int) -> Organization | None:
        """Return what has this id for ever."""
        return next((one for one in self.organizations if one.id == number), None)

    def repository(self, full_name: str) -> Repository | None:
        """Return what has this name now."""
        found = (one for one in self.repositories if one.full_name.lower() == full_name.lower())
        return next(found, None)

    def repository_once_named(self, full_name: str) -> Repository | None:
        """Return what had this name before."""
        found = (
            one for one in self.repositories if full_name.lower() in map(str.lower, one.old_names)
        )
        return next(found, None)

    def repository_by_id(self, number: int) -> Repository | None:
        """Return what has this id for ever."""
        return next((one for one in self.repositories if one.id == number), None)


def seeded() -> World:
    """Return a small world: what people can try by `make up`, and tests begin with."""
    ada = Person(
        101,
        "ada-example",
        "2012-12-10T09:00:00Z",
        emails=[
            Email("ada@example.org", primary=True),
            Email("ada.lovelace@example.com"),
            Email("old.ada@example.net", verified=False),
        ],
    )
    grace = Person(
        102,
        "grace-example",
        "2015-12-09T12:30:00Z",
        emails=[
            Email("grace@example.org", primary=True),
            Email("grace@example.com", verified=False),
        ],
    )
    linus = Person(103, "newcomer-example", "2026-06-01T08:00:00Z")
    helper = Person(104, "helper-bot", "2019-01-01T00:00:00Z", type="Bot")
    acme = Organization(
        9001, "acme", [Member(ada.id, public=True), Member(grace.id), Member(linus.id, "pending")]
    )
    guarded = Organization(9002, "guarded", [Member(ada.id)], restricted=True)
    enterprise = Organization(9003, "enterprise", [Member(ada.id)], saml=True)
    widget = Repository(
        70001,
        "acme/widget",
        ["acme/gadget"],
        pulls=[Pull(ada.id, ada.login, f"2025-{month:02}-03T10:00:00Z") for month in range(1, 13)]
        + [Pull(ada.id, ada.login)],
        commits=[Commit(grace.id, grace.login, "2024-05-06T07:08:09Z") for _ in range(3)],
    )
    return World([ada, grace, linus, helper], [acme, guarded, enterprise], [widget])
