"""Identities of confirmed signatures, and what entries say of what they count for.

A trigger writes the identity of the address that a signature was confirmed by: one person, one
signature is held by the database, whatever code confirms.
"""

from django.db import migrations

CLAIM = """
CREATE FUNCTION undersigned_claim_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.address_hash IS NOT NULL THEN
        INSERT INTO petitions_identity (petition_id, signature_id, kind, hash)
        VALUES (NEW.petition_id, NEW.id, 'address', OLD.address_hash);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER petitions_signature_claim_identity AFTER UPDATE OF state ON petitions_signature
    FOR EACH ROW WHEN (OLD.state = 'pending' AND NEW.state = 'confirmed')
    EXECUTE FUNCTION undersigned_claim_identity();
"""
NO_CLAIM = """
DROP TRIGGER petitions_signature_claim_identity ON petitions_signature;
DROP FUNCTION undersigned_claim_identity();
"""

FILL = """
INSERT INTO petitions_identity (petition_id, signature_id, kind, hash)
    SELECT petition_id, id, 'address', address_hash FROM petitions_signature
    WHERE state = 'confirmed';
UPDATE petitions_signature SET address_hash = NULL WHERE state = 'confirmed';
UPDATE petitions_entry SET version_id = signature.version_id, assurance = signature.assurance
    FROM petitions_signature AS signature WHERE signature.id = petitions_entry.signature_id;
-- Of a signature that was erased, the leaf still says what it counts for.
UPDATE petitions_entry SET assurance = said.leaf ->> 'kind', version_id = (
        SELECT min(version.id) FROM petitions_version AS version
        WHERE version.petition_id = petitions_entry.petition_id
            AND encode(version.text_hash, 'hex') = said.leaf ->> 'text')
    FROM (SELECT id, convert_from(leaf, 'UTF8')::jsonb AS leaf FROM petitions_entry
        WHERE kind = 'sign' AND version_id IS NULL) AS said
    WHERE said.id = petitions_entry.id;
"""

# An entry may get its index once and, if it is a withdrawal, its leaf; it may lose its link.
PLACE_ENTRY = """
CREATE OR REPLACE FUNCTION undersigned_place_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.kind, OLD.petition_id, OLD.version_id, OLD.assurance, OLD.about_id,
            OLD.held_until, OLD.lot)
            IS DISTINCT FROM (NEW.id, NEW.kind, NEW.petition_id, NEW.version_id, NEW.assurance,
            NEW.about_id, NEW.held_until, NEW.lot)
        OR (OLD.leaf IS NOT NULL AND (OLD.leaf, OLD.leaf_hash)
            IS DISTINCT FROM (NEW.leaf, NEW.leaf_hash))
        OR (OLD.index IS NOT NULL AND OLD.index IS DISTINCT FROM NEW.index)
        OR (NEW.signature_id IS NOT NULL AND OLD.signature_id IS DISTINCT FROM NEW.signature_id)
    THEN
        RAISE EXCEPTION 'entry % of the log is immutable', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# One that is held back has been seen by nobody, so it may vanish with its signature.
DROP_HELD = """
CREATE FUNCTION undersigned_drop_held_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.index IS NOT NULL OR OLD.held_until IS NULL THEN
        RAISE EXCEPTION 'entry % of the log is immutable', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER petitions_entry_undersigned_refuse_delete ON petitions_entry;
CREATE TRIGGER petitions_entry_undersigned_drop_held_entry_delete BEFORE DELETE ON petitions_entry
    FOR EACH ROW EXECUTE FUNCTION undersigned_drop_held_entry();
"""


class Migration(migrations.Migration):
    """Data first, then the triggers that hold it."""

    dependencies = (("petitions", "0003_evidence"),)

    operations = (
        migrations.RunSQL(FILL),
        migrations.RunSQL(PLACE_ENTRY),
        migrations.RunSQL(DROP_HELD),
        migrations.RunSQL(CLAIM, NO_CLAIM),
    )
