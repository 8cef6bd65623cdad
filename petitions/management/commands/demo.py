"""`manage.py demo`: fill an empty database with something to try."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import User
from petitions.models import Petition
from petitions.petition_file import read

LETTERS = Path(__file__).resolve().parent / "demo_letters"
OPERATOR = "operator@example.org"


class Command(BaseCommand):
    """Two letters of nobody, and an operator; only where there is nothing yet."""

    help = "Fill an empty database with a demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """No arguments."""

    def handle(self, *args: object, **options: object) -> None:
        """Load the demo, or say why not."""
        if Petition.objects.exists() or User.objects.exists():
            self.stdout.write("The database is in use: no demo was loaded.")
            return
        for path in sorted(LETTERS.glob("*.md")):
            petition = read(path.read_bytes()).create()
            assert petition is not None
            petition.open()
            self.stdout.write(f"{settings.BASE_URL}{petition.get_absolute_url()}")
        User.objects.create_superuser(OPERATOR)
        self.stdout.write(f"{settings.BASE_URL}/admin/ for {OPERATOR}, by a code in the inbox")
