"""What holds of every row, once 0004 has brought the old ones to it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Constraints of signatures and entries."""

    dependencies = (("petitions", "0004_identities"),)

    operations = [
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("sign", "withdraw")), _negated=True),
                    models.Q(
                        ("version__isnull", False), models.Q(("assurance", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="entry_that_counts_says_for_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("expires_at__isnull", False),
                        ("state", "pending"),
                        models.Q(
                            ("address", ""), ("address_hash__isnull", False), _connector="XOR"
                        ),
                    ),
                    models.Q(
                        models.Q(("state", "pending"), _negated=True),
                        ("address", ""),
                        ("address_hash", None),
                        ("expires_at", None),
                        ("mail_due_at", None),
                    ),
                    _connector="OR",
                ),
                name="signature_keeps_address_only_while_pending",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(("confirmed_on__isnull", False), ("salt__isnull", False)),
                    _connector="OR",
                ),
                name="signature_confirmed_is_committed",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("visibility__in", ("public", "pseudonym")),
                        models.Q(("name", ""), _negated=True),
                        models.Q(("state", "withdrawn"), _negated=True),
                    ),
                    models.Q(
                        models.Q(
                            models.Q(("visibility__in", ("public", "pseudonym")), _negated=True),
                            ("state", "withdrawn"),
                            _connector="OR",
                        ),
                        ("affiliation", ""),
                        ("name", ""),
                        ("role", ""),
                    ),
                    _connector="OR",
                ),
                name="signature_has_a_name_if_it_shows_one",
            ),
        ),
    ]
