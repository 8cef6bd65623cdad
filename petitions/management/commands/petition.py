"""`manage.py petition`: create, open, close and deliver petitions from a terminal."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from petitions.models import Batch, Petition
from petitions.petition_file import PetitionFileError, read


class Command(BaseCommand):
    """What an operator can do with a petition from a terminal."""

    help = "Create a petition from a Markdown file with front matter, open it, close it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="create a petition from a file")
        create.add_argument("file", type=Path)
        create.add_argument("--open", action="store_true", help="and let people sign at once")
        for verb, says in (
            ("open", "publish a petition and let people sign"),
            ("close", "end the signing of a petition"),
            ("batch", "freeze a batch of what is new now, whatever the plan says"),
        ):
            verbs.add_parser(verb, help=says).add_argument("slug")

    def handle(self, *args: object, **options: object) -> None:
        """Do what the verb says."""
        verb = str(options["verb"])
        if verb == "create":
            self._create(Path(str(options["file"])), open_now=bool(options["open"]))
        else:
            getattr(self, f"_{verb}")(self._find(str(options["slug"])))

    def _create(self, path: Path, *, open_now: bool) -> None:
        try:
            content = read(path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except PetitionFileError as error:
            faults = "\n".join(f"{path}, {fault}" for fault in error.faults)
            raise CommandError(f"nothing was created:\n{faults}") from error
        slug = content.letter["slug"]
        petition = content.create()
        if petition is None:
            raise CommandError(f"nothing was created: there is a petition “{slug}” already")
        self.stdout.write(f"created {petition}")
        if open_now:
            self._open(petition)

    def _open(self, petition: Petition) -> None:
        if not petition.open():
            raise CommandError(f"{petition} is {petition.state}: only a draft can be opened")
        self.stdout.write(f"opened {petition}: {petition.get_absolute_url()}")

    def _close(self, petition: Petition) -> None:
        if not petition.close():
            raise CommandError(f"{petition} is {petition.state}: only an open one can be closed")
        self.stdout.write(f"closed {petition}")

    def _batch(self, petition: Petition) -> None:
        batch = Batch.freeze(petition)
        if batch is None:
            raise CommandError(f"{petition} has no new signatures in the log")
        self.stdout.write(f"froze batch {batch.number}: {batch.signatures} signatures")

    def _find(self, slug: str) -> Petition:
        try:
            return Petition.objects.get(slug=slug)
        except Petition.DoesNotExist as error:
            raise CommandError(f"there is no petition “{slug}”") from error
