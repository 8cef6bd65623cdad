"""One table."""

from django.db import models


class Signer(models.Model):
    """A row as short as one that holds a signer can be."""

    name = models.CharField(max_length=100)
    email = models.EmailField()

    class Meta:
        app_label = "bare"

    def __str__(self) -> str:
        return self.name
