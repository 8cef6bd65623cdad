"""Writing the documents of a frozen batch: once, whole, and bound by the log.

The batch's row is locked while they are written. A worker that dies, or loses its lock and goes on,
leaves the batch frozen and at most some files that nothing names: each file has a name that was never
used before. Documents, deliveries and the log's entry appear in one transaction.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from itertools import chain

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.facts import Fact, Method, headline
from petitions.languages import interface_language
from petitions.log.checkpoint import TreeHead
from petitions.models import NAMED, Assurance, Badge, Batch, Checkpoint, Delivery, Document, Group

from . import manifest
from .counts import Counts, GroupCount, TierCount
from .letter import Letter, letter_pdf
from .roll import CHANGED_SINCE, SIGNED, WITHDRAWN, RollRow, RollSummary, write_roll
from .verification import verification

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
        roll, written = _store_roll(batch)
        counts = counts_of(batch, written.nameless)
        documents = [_store_letter(batch, counts), roll]
        documents.append(_store_manifest(batch, counts, documents))
        Document.objects.bulk_create(documents)
        Delivery.schedule(batch)
        return batch.seal(bytes(documents[-1].sha256))


def _store_letter(batch: Batch, counts: Counts) -> Document:
    content = letter_pdf(letter_of(batch, counts))
    return _store(batch, 1, LETTER, "application/pdf", ContentFile(content))


def _store_roll(batch: Batch) -> tuple[Document, RollSummary]:
    with tempfile.TemporaryFile() as file, _language_of(batch):
        written = write_roll(file, chain(_signed(batch), _withdrawn(batch)))
        return _store(batch, 2, ROLL, "text/csv", File(file, ROLL)), written


def _store_manifest(batch: Batch, counts: Counts, documents: list[Document]) -> Document:
    content = manifest.manifest_json(manifest_of(batch, counts, documents))
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


def _signed(batch: Batch) -> Iterator[RollRow]:
    """Yield the signatures of a batch as they are now.

    One statement reads a signature with its badges: read apart, a name that was hidden between
    could stand beside an account that gives it away.
    """
    badges = Badge.objects.filter(signature=OuterRef("signature")).order_by("pk")
    facts = {name: name for name in ("method", "checked_on", "subject", "subject_id", "detail")}
    rows = batch.entries.annotate(
        facts=ArraySubquery(badges.values(fact=JSONObject(**facts)))
    ).values_list(
        "index",
        "assurance",
        "version__number",
        "signature__visibility",
        "signature__name",
        "signature__role",
        "signature__affiliation",
        "facts",
    )
    for index, tier, version, visibility, *words, facts_ in rows.iterator(chunk_size=_CHUNK):
        assert index is not None
        assert version is not None
        # Of a signer without a name nothing is kept that names them; nor is it told which of the
        # groups they are in, which one line after the other would make small.
        name, role, affiliation = words if visibility in NAMED else ("", "", "")
        evidence = map(Fact.from_json, facts_ if visibility in NAMED else ())
        yield RollRow(
            index,
            SIGNED,
            visibility or CHANGED_SINCE,
            name,
            role,
            affiliation,
            tier,
            "; ".join(map(headline, evidence)),
            version,
        )


def _withdrawn(batch: Batch) -> Iterator[RollRow]:
    rows = batch.withdrawn.values_list("about__index", "assurance", "version__number")
    for index, tier, version in rows.iterator(chunk_size=_CHUNK):
        assert index is not None
        assert version is not None
        yield RollRow(index, WITHDRAWN, "", "", "", "", tier, "", version)


def letter_of(batch: Batch, counts: Counts) -> Letter:
    """Return what the letter of a batch says."""
    petition, version = batch.petition, batch.version
    with _language_of(batch):
        how = verification(tier for tier in Assurance if batch.per_tier.get(tier.value))
    return Letter(
        title=version.title,
        language=version.language,
        text=version.text,
        addressees=[target.company for target in petition.targets.all()],
        version=version.number,
        text_hash=bytes(version.text_hash),
        batch=batch.number,
        counts=counts,
        verification=how,
        log=_head(batch.checkpoint),
        url=settings.BASE_URL + petition.get_absolute_url(),
        text_url=settings.BASE_URL + version.get_absolute_url(),
    )


def manifest_of(batch: Batch, counts: Counts, documents: list[Document]) -> manifest.Manifest:
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
        counts=counts,
        documents=[
            manifest.DocumentReference(
                document.name, document.media_type, document.size, bytes(document.sha256)
            )
            for document in documents
        ],
    )


def counts_of(batch: Batch, nameless: int) -> Counts:
    """Return the numbers of a batch, of which the roll lists so many new ones without a name."""
    withdrawn = -batch.withdrawn.per_tier()
    tiers = [
        TierCount(tier.value, tier.label, batch.per_tier.get(tier.value, 0), withdrawn[tier.value])
        for tier in Assurance
        if batch.per_tier.get(tier.value) or withdrawn[tier.value]
    ]
    with _language_of(batch):
        groups = [
            GroupCount(group.method.value, group.subject, _label(group), group.number)
            for group in Badge.objects.groups_of(batch.petition, before=batch.checkpoint_id)
        ]
    return Counts(
        total=batch.total,
        new=batch.signatures,
        tiers=tiers,
        as_of=batch.checkpoint.made_at,
        nameless=nameless,
        withdrawn=batch.withdrawals,
        groups=groups,
    )


def _label(group: Group) -> str:
    match group.method:
        case Method.GITHUB_ORGANIZATION:
            words = _("Members of %(group)s on GitHub")
        case Method.GITHUB_CONTRIBUTOR:
            words = _("Contributors to %(group)s on GitHub")
        case _:
            words = _("Addresses at %(group)s")
    return words % {"group": group.subject}


def _language_of(batch: Batch) -> override:
    return override(interface_language(batch.version.language))


def _head(checkpoint: Checkpoint) -> TreeHead:
    return TreeHead(settings.LOG_ORIGIN, checkpoint.size, bytes(checkpoint.root_hash))


def _checkpoint(checkpoint: Checkpoint) -> manifest.Checkpoint:
    return manifest.Checkpoint(_head(checkpoint), checkpoint.note)
