"""What must never change is held by the database: texts, log entries, checkpoints, events."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION undersigned_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are immutable', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""

# An entry may get its index once, and may lose the link to a signature that is erased.
PLACE_ENTRY = """
CREATE FUNCTION undersigned_place_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.kind, OLD.leaf, OLD.leaf_hash, OLD.petition_id)
            IS DISTINCT FROM (NEW.id, NEW.kind, NEW.leaf, NEW.leaf_hash, NEW.petition_id)
        OR (OLD.index IS NOT NULL AND OLD.index IS DISTINCT FROM NEW.index)
        OR (NEW.signature_id IS NOT NULL AND OLD.signature_id IS DISTINCT FROM NEW.signature_id)
    THEN
        RAISE EXCEPTION 'entry % of the log is immutable', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def _guard(table: str, what: str, function: str = "undersigned_refuse") -> migrations.RunSQL:
    name = f"{table}_{function}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name}_{what.split(maxsplit=1)[0].lower()} BEFORE {what} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER {name}_{what.split(maxsplit=1)[0].lower()} ON {table}",
    )


class Migration(migrations.Migration):
    """Triggers on the tables whose rows are written once."""

    dependencies = (("petitions", "0001_initial"),)

    operations = (
        migrations.RunSQL(REFUSE, "DROP FUNCTION undersigned_refuse()"),
        migrations.RunSQL(PLACE_ENTRY, "DROP FUNCTION undersigned_place_entry()"),
        _guard("petitions_version", "UPDATE OR DELETE"),
        _guard("petitions_checkpoint", "UPDATE OR DELETE"),
        _guard("petitions_event", "UPDATE OR DELETE"),
        _guard("petitions_document", "UPDATE OR DELETE"),
        _guard("petitions_entry", "DELETE"),
        _guard("petitions_entry", "UPDATE", "undersigned_place_entry"),
    )
