"""The domain, one noun per file; each file imports only from those above it in this list."""

from .event import Event, Verb
from .entry import Entry, Kind
from .petition import Petition, PetitionState
from .version import Version
from .target import Recipient, Target
from .signature import Assurance, Outcome, Signature, SignatureState
from .tally import Tally
from .checkpoint import Checkpoint
from .batch import Batch, BatchState
from .delivery_plan import DeliveryPlan
from .document import Document
from .delivery import Delivery, DeliveryState

__all__ = [
    "Assurance",
    "Batch",
    "BatchState",
    "Checkpoint",
    "Delivery",
    "DeliveryPlan",
    "DeliveryState",
    "Document",
    "Entry",
    "Event",
    "Kind",
    "Outcome",
    "Petition",
    "PetitionState",
    "Recipient",
    "Signature",
    "SignatureState",
    "Tally",
    "Target",
    "Verb",
    "Version",
]
