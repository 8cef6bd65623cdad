"""Django's admin, for operators. What the log and the record bind can be read here, not changed."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .forms import AddressField, LineField
from .models import (
    Batch,
    Checkpoint,
    Delivery,
    Document,
    Entry,
    Event,
    Petition,
    Recipient,
    Signature,
    Tally,
    Target,
    Verb,
    Version,
)


class ReadOnlyMixin:
    """Nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False


class VersionInline(ReadOnlyMixin, admin.StackedInline[Version, Petition]):
    """The texts of a petition."""

    model = Version
    fields = ("number", "language", "title", "text")


class TargetInline(ReadOnlyMixin, admin.TabularInline[Target, Petition]):
    """The companies that a petition addresses."""

    model = Target


@admin.register(Petition)
class PetitionAdmin(ReadOnlyMixin, admin.ModelAdmin[Petition]):
    """Petitions, with the actions that move them on."""

    list_display = ("slug", "state", "opened_at", "closed_at")
    list_filter = ("state",)
    search_fields = ("slug",)
    exclude = ("address_key",)
    inlines = (VersionInline, TargetInline)
    actions = ("open_petitions", "close_petitions")

    @admin.action(description=_("Publish and let people sign"))
    def open_petitions(self, request: HttpRequest, queryset: models.QuerySet[Petition]) -> None:
        """Open drafts."""
        self._each(request, queryset, "open")

    @admin.action(description=_("End the signing"))
    def close_petitions(self, request: HttpRequest, queryset: models.QuerySet[Petition]) -> None:
        """Close open petitions."""
        self._each(request, queryset, "close")

    def _each(self, request: HttpRequest, queryset: models.QuerySet[Petition], verb: str) -> None:
        assert isinstance(request.user, User)
        for petition in queryset:
            if getattr(petition, verb)(by=request.user):
                self.message_user(request, f"{petition}: {petition.get_state_display()}")
            else:
                self.message_user(
                    request,
                    _("%(petition)s is %(state)s: nothing was changed.")
                    % {"petition": petition, "state": petition.get_state_display()},
                    messages.WARNING,
                )


class CheckForm(ActionForm):
    """What a moderator saw of somebody who can verify in no other way; it becomes public."""

    seen = LineField(
        label=_("What you saw (public; never a copy of a document)"),
        max_length=200,
        required=False,
    )


@admin.register(Signature)
class SignatureAdmin(ReadOnlyMixin, admin.ModelAdmin[Signature]):
    """Signatures; addresses and their hashes are nobody's business, an operator's neither."""

    list_display = ("id", "petition", "state", "visibility", "name", "assurance")
    list_filter = ("state", "visibility", "assurance")
    actions = ("check_by_hand",)
    action_form = CheckForm
    list_select_related = ("petition",)
    show_full_result_count = False
    exclude = ("address", "address_hash", "salt")

    def has_check_permission(self, request: HttpRequest) -> bool:
        """Moderators may, and whoever else has that permission; reading is not enough."""
        return request.user.has_perm("petitions.check_signature")

    @admin.action(description=_("Note that I checked by hand who signed"), permissions=("check",))
    def check_by_hand(self, request: HttpRequest, queryset: models.QuerySet[Signature]) -> None:
        """Give a badge for what was seen, with an Event that names the moderator."""
        assert isinstance(request.user, User)
        form = CheckForm(request.POST)
        form.fields["action"].choices = self.get_action_choices(request)  # type: ignore[attr-defined]
        seen = form.cleaned_data["seen"] if form.is_valid() else ""
        if not seen:
            self.message_user(request, _("Say what you saw; nothing was noted."), messages.ERROR)
            return
        for signature in queryset.select_related("petition", "version"):
            if signature.check_by_hand(seen, by=request.user):
                self.message_user(request, _("Noted: %(signature)s") % {"signature": signature})
            else:
                self.message_user(
                    request,
                    _("%(signature)s is not confirmed, or shows no name: nothing was noted.")
                    % {"signature": signature},
                    messages.WARNING,
                )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the filters of the list, and no other: an address could be guessed by them."""
        return lookup.partition("__")[0] in self.list_filter


class RecipientAdminForm(forms.ModelForm[Recipient]):
    """A recipient as a petition file has it."""

    class Meta:
        model = Recipient
        fields = ("name", "address")
        field_classes: ClassVar = {"name": LineField, "address": AddressField}

    def clean_address(self) -> str:
        """Return the address as text, which is how it is stored."""
        return str(self.cleaned_data["address"])


class RecipientInline(admin.TabularInline[Recipient, Target]):
    """Who gets the deliveries at a target; an address that bounces is mended here."""

    model = Recipient
    form = RecipientAdminForm
    max_num = 0
    can_delete = False


@admin.register(Target)
class TargetAdmin(admin.ModelAdmin[Target]):
    """Targets and their recipients."""

    list_display = ("company", "petition", "domain")
    readonly_fields = ("petition", "position", "company", "domain")
    inlines = (RecipientInline,)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        """Leave an Event for each recipient that was changed."""
        assert isinstance(request.user, User)
        with transaction.atomic():
            super().save_formset(request, form, formset, change)
            for recipient, fields in formset.changed_objects:
                Event.record(
                    Verb.RECIPIENT_CHANGED,
                    recipient.target.petition,
                    recipient,
                    by=request.user,
                    reason=", ".join(fields),
                )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whom a letter addresses is part of it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Target | None = None) -> bool:
        """As above."""
        return False


class DocumentInline(ReadOnlyMixin, admin.TabularInline[Document, Batch]):
    """The documents of a batch."""

    model = Document
    fields = ("name", "media_type", "size")


@admin.register(Batch)
class BatchAdmin(ReadOnlyMixin, admin.ModelAdmin[Batch]):
    """Batches."""

    list_display = ("petition", "number", "signatures", "total", "state", "frozen_at")
    exclude = ("manifest_hash",)
    inlines = (DocumentInline,)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyMixin, admin.ModelAdmin[Delivery]):
    """Deliveries with the servers' replies."""

    list_display = ("batch", "recipient", "state", "attempts", "sent_at", "reply")
    list_filter = ("state",)
    actions = ("was_sent", "send_again")

    @admin.action(description=_("Of those that are unknown: they arrived"))
    def was_sent(self, request: HttpRequest, queryset: models.QuerySet[Delivery]) -> None:
        """Settle unknown deliveries as sent."""
        self._settle(request, queryset, was_sent=True)

    @admin.action(description=_("Of those that are unknown or failed: send again"))
    def send_again(self, request: HttpRequest, queryset: models.QuerySet[Delivery]) -> None:
        """Settle unknown deliveries as not sent."""
        self._settle(request, queryset, was_sent=False)

    def _settle(
        self, request: HttpRequest, queryset: models.QuerySet[Delivery], *, was_sent: bool
    ) -> None:
        assert isinstance(request.user, User)
        for delivery in queryset:
            if delivery.settle(was_sent=was_sent, by=request.user):
                self.message_user(request, f"{delivery}: {delivery.get_state_display()}")


@admin.register(Entry)
class EntryAdmin(ReadOnlyMixin, admin.ModelAdmin[Entry]):
    """The leaves of the log."""

    list_display = ("id", "index", "kind", "petition")
    list_filter = ("kind",)
    show_full_result_count = False
    exclude = ("leaf", "leaf_hash")


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyMixin, admin.ModelAdmin[Checkpoint]):
    """Signed tree heads."""

    list_display = ("size", "made_at")
    exclude = ("root_hash", "frontier")


@admin.register(Tally)
class TallyAdmin(ReadOnlyMixin, admin.ModelAdmin[Tally]):
    """Counts as the sequencer keeps them."""

    list_display = ("petition", "version", "assurance", "signatures", "checkpoint")


@admin.register(Event)
class EventAdmin(ReadOnlyMixin, admin.ModelAdmin[Event]):
    """Who did what, when, why."""

    list_display = ("at", "verb", "petition", "subject", "actor", "reason")
    list_filter = ("verb",)
    show_full_result_count = False
