"""A person with an account: an operator or an organizer. Signers need none."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class UserManager(DjangoUserManager["User"]):
    """Creates people by their address, which is all they sign in with."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":  # type: ignore[override]  # the first argument is no user name here
        """Create a person; without a password they sign in by a code sent to the address."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(  # type: ignore[override]  # as above
        self, email: str, password: str | None = None, **fields: object
    ) -> "User":
        """Create an operator."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person known by an e-mail address instead of a user name."""

    username = None  # type: ignore[assignment]  # removes the field of AbstractUser
    email = models.EmailField(_("e-mail address"), unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_is_unique_whatever_its_case"),
        )
