"""Writing the documents of a frozen batch: once, whole, and bound by the log.

The batch's row is locked while they are written. A worker that dies, or loses its lock and goes on,
leaves the batch frozen and at most some files that nothing names: each file has a name that was never
used before. Documents, deliveries and the log's entry appear in one transaction.
"""

import hashlib
import tempfile
from collections.abc import Iterator

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from petitions.languages import interface_language
from petitions.log.checkpoint import TreeHead
from petitions.models import Assurance, Batch, Checkpoint, Delivery, Document

from . import manifest
from .counts import Counts, TierCount
from .letter import Letter, letter_pdf
from .roll import RollRow, write_roll

LETTER, ROLL, MANIFEST = "letter.pdf", "roll.csv", "manifest.json"
# Rows that are held at a time while the roll is written.
_CHUNK = 2000


def write(batch_id: int) -> bool:
    """Write the documents of a batch and create its deliveries.

    Returns False if that is done already, or another worker is at it.
    """
    with transaction.atomic():
        batch = (
            Batch.objects.undocumented()
            .select_related("petition", "version", "checkpoint")
            .select_for_update(skip_locked=True, of=("self",))
            .filter(pk=batch_id)
            .first()
        )
        if batch is None:
            return False
        documents = [_store_letter(batch), _store_roll(batch)]
        documents.append(_store_manifest(batch, documents))
        Document.objects.bulk_create(documents)
        Delivery.schedule(batch)
        return batch.seal(bytes(documents[-1].sha256))


def _store_letter(batch: Batch) -> Document:
    content = letter_pdf(letter_of(batch))
    return _store(batch, 1, LETTER, "application/pdf", ContentFile(content))


def _store_roll(batch: Batch) -> Document:
    with tempfile.TemporaryFile() as file:
        write_roll(file, _rows(batch))
        return _store(batch, 2, ROLL, "text/csv", File(file, ROLL))


def _store_manifest(batch: Batch, documents: list[Document]) -> Document:
    content = manifest.manifest_json(manifest_of(batch, documents))
    return _store(batch, 3, MANIFEST, "application/json", ContentFile(content))


def _store(
    batch: Batch, position: int, name: str, media_type: str, content: File[bytes]
) -> Document:
    document = Document(batch=batch, position=position, name=name, media_type=media_type)
    storage = document.file.storage
    document.sha256, document.size = _digest(content), content.size
    # Where a worker left its file that died while it wrote, the storage finds another name.
    path = document.file.field.generate_filename(document, name)
    document.file.name = storage.save(path, content)
    return document


def _digest(content: File[bytes]) -> bytes:
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    return digest.digest()


def _rows(batch: Batch) -> Iterator[RollRow]:
    rows = batch.entries.values_list(
        "index",
        "signature__name",
        "signature__role",
        "signature__affiliation",
        "signature__assurance",
        "signature__version__number",
    )
    for index, name, role, affiliation, assurance, version in rows.iterator(chunk_size=_CHUNK):
        assert index is not None
        yield RollRow(index, name, role, affiliation, assurance, version)


def letter_of(batch: Batch) -> Letter:
    """Return what the letter of a batch says."""
    petition, version = batch.petition, batch.version
    with override(interface_language(version.language)):
        verification = _(
            "Each signer typed a code, or pressed a button in the browser that signed, after a "
            "mail to the address that was given. That shows control of that address, and nothing "
            "more: role and company are what the signer says."
        )
    return Letter(
        title=version.title,
        language=version.language,
        text=version.text,
        addressees=[target.company for target in petition.targets.all()],
        version=version.number,
        text_hash=bytes(version.text_hash),
        batch=batch.number,
        counts=_counts(batch),
        verification=verification,
        log=_head(batch.checkpoint),
        url=settings.BASE_URL + petition.get_absolute_url(),
        text_url=settings.BASE_URL + version.get_absolute_url(),
    )


def manifest_of(batch: Batch, documents: list[Document]) -> manifest.Manifest:
    """Return what the manifest of a batch says of it and of its other documents."""
    petition, version = batch.petition, batch.version
    start = Checkpoint.objects.filter(size=batch.start).first()
    return manifest.Manifest(
        petition=manifest.PetitionReference(
            petition.id.hex, settings.BASE_URL + petition.get_absolute_url(), version.title
        ),
        text=manifest.TextReference(
            version.number,
            version.language,
            bytes(version.text_hash),
            settings.BASE_URL + version.get_absolute_url(),
        ),
        batch=batch.number,
        start=_checkpoint(start) if start else None,
        end=_checkpoint(batch.checkpoint),
        counts=_counts(batch),
        documents=[
            manifest.DocumentReference(
                document.name, document.media_type, document.size, bytes(document.sha256)
            )
            for document in documents
        ],
    )


def _counts(batch: Batch) -> Counts:
    tiers = [
        TierCount(tier.value, tier.label, batch.per_tier[tier.value])
        for tier in Assurance
        if batch.per_tier.get(tier.value)
    ]
    return Counts(batch.total, batch.signatures, tiers, batch.checkpoint.made_at)


def _head(checkpoint: Checkpoint) -> TreeHead:
    return TreeHead(settings.LOG_ORIGIN, checkpoint.size, bytes(checkpoint.root_hash))


def _checkpoint(checkpoint: Checkpoint) -> manifest.Checkpoint:
    return manifest.Checkpoint(_head(checkpoint), checkpoint.note)
