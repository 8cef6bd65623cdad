"""Documents: the files of a batch, written once, known by their hash."""

from django.db import models

from .batch import Batch


def document_path(document: "Document", filename: str) -> str:
    """Return where a document is stored, below MEDIA_ROOT.

    Under the hash of its bytes: two writers of a batch can spoil nothing for each other.
    """
    return f"batches/{document.batch_id}/{bytes(document.sha256).hex()}/{filename}"


class Document(models.Model):
    """One file of a batch, written once."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="documents")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    file = models.FileField(upload_to=document_path, max_length=200)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "name"], name="document_name_is_unique"),
        )

    def __str__(self) -> str:
        return self.name

    def content(self) -> bytes:
        """Read the file."""
        with self.file.open() as file:
            return bytes(file.read())
