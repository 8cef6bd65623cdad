"""Versions: immutable texts of a letter. A trigger refuses to change or delete one."""

import hashlib
from typing import Self

from django.db import connection, models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .petition import Petition

# What a signing needs of both. In SQL, because Django takes several times as long to build this
# statement as PostgreSQL takes to answer it, and people sign by the hundred a second.
_PETITION_FIELDS = ("id", "slug", "state", "address_key", "work_domains")
_VERSION_FIELDS = ("id", "language")
_SIGNED_AT = """
    SELECT petition.id, petition.slug, petition.state, petition.address_key, petition.work_domains,
           version.id, version.language
    FROM petitions_petition AS petition
    JOIN petitions_version AS version ON version.petition_id = petition.id
    WHERE petition.slug = %s
    ORDER BY version.number DESC
    LIMIT 1
"""


class VersionQuerySet(models.QuerySet["Version"]):
    """Sets of versions."""

    def current(self) -> Self:
        """The newest text of each petition, with its petition."""
        newest_first = self.order_by("petition_id", "-number")
        return newest_first.distinct("petition_id").select_related("petition")

    def current_of(self, slug: str) -> "Version":
        """Return the text now signed at this slug, with its petition, in one statement.

        Raises Version.DoesNotExist.
        """
        versions = self.filter(petition__slug=slug).select_related("petition")
        return versions.order_by("-number")[:1].get()

    def signed_at(self, slug: str) -> "Version":
        """Return what `current_of` does, of both rows only what a signing needs.

        Other fields are read when they are asked for. Raises Version.DoesNotExist.
        """
        with connection.cursor() as cursor:
            cursor.execute(_SIGNED_AT, [slug])
            row = cursor.fetchone()
        if row is None:
            raise Version.DoesNotExist
        of_petition, of_version = row[: len(_PETITION_FIELDS)], row[len(_PETITION_FIELDS) :]
        version = Version.from_db(connection.alias, _VERSION_FIELDS, of_version)
        version.petition = Petition.from_db(connection.alias, _PETITION_FIELDS, of_petition)
        return version


class Version(models.Model):
    """The text that people sign: title and Markdown, bound together by one SHA-256."""

    petition = models.ForeignKey(Petition, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    language = models.CharField(_("language"), max_length=35, help_text=_("A BCP 47 tag."))
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"))
    text_hash = models.BinaryField(max_length=32)

    objects = VersionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["petition", "number"], name="version_number_is_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="version_number_starts_at_one"),
        )

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    def get_absolute_url(self) -> str:
        """Return the path of the exact bytes that the hash is of."""
        return reverse("version", args=[self.petition.slug, self.number])

    @classmethod
    def publish(cls, petition: Petition, *, language: str, title: str, text: str) -> "Version":
        """Add the next text of a petition. Its line ends become plain newlines."""
        last = petition.versions.aggregate(last=models.Max("number"))["last"] or 0
        version = cls(
            petition=petition,
            number=last + 1,
            language=language,
            title=title,
            text=text.replace("\r\n", "\n").replace("\r", "\n").strip(),
        )
        version.text_hash = hashlib.sha256(version.document).digest()
        version.save(force_insert=True)
        return version

    @property
    def document(self) -> bytes:
        """The bytes that are hashed: a Markdown file with the title as its first heading."""
        return f"# {self.title}\n\n{self.text}\n".encode()
