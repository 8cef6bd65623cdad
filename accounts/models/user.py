"""A person with an account: an operator or an organizer. Signers need none."""

from typing import ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class UserManager(DjangoUserManager["User"]):
    """Creates people by their address, which is all they sign in with."""

    def create_superuser(  # type: ignore[override]  # there is no user name
        self, email: str, password: str | None = None
    ) -> "User":
        """Create an operator; without a password they sign in by a code sent to the address."""
        user = self.model(email=email.lower(), is_staff=True, is_superuser=True)
        user.set_password(password)
        with transaction.atomic():
            user.save(using=self._db)
            # allauth marks it as verified with the first code that comes back.
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
        return user


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
