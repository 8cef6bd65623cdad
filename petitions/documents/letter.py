"""The letter of a batch as a PDF: what one hands over to a board."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.translation import (
    get_supported_language_variant,
    gettext as _,
    ngettext,
    override,
    pgettext,
)

from petitions.log.checkpoint import TreeHead

from . import prose
