"""The domain, one noun per file; each file imports only from those above it in this list."""

from .visibility import NAMED, Visibility
from .assurance import Assurance
from .mailing import ToMail
from .event import Event, Verb
from .entry import Entry, Kind
from .petition import Petition, PetitionState
from .version import Version
from .target import Recipient, Target
from .github_subject import GitHubSubject, SubjectKind
from .identity import Identity, IdentityKind
from .badge import Badge, Group
from .signature import AnotherSignatureError, Outcome, Signature, SignatureState
from .manage_link import ManageLink
from .work_proof import WorkOutcome, WorkProof
from .link_request import LinkRequest
from .tally import Tally
from .checkpoint import Checkpoint
from .batch import Batch, BatchState
from .delivery_plan import DeliveryPlan
from .document import Document
from .delivery import Delivery, DeliveryState

__all__ = [
    "NAMED",
    "AnotherSignatureError",
    "Assurance",
    "Badge",
    "Batch",
    "BatchState",
    "Checkpoint",
    "Delivery",
    "DeliveryPlan",
    "DeliveryState",
    "Document",
    "Entry",
    "Event",
    "GitHubSubject",
    "Group",
    "Identity",
    "IdentityKind",
    "Kind",
    "LinkRequest",
    "ManageLink",
    "Outcome",
    "Petition",
    "PetitionState",
    "Recipient",
    "Signature",
    "SignatureState",
    "SubjectKind",
    "Tally",
    "Target",
    "ToMail",
    "Verb",
    "Version",
    "Visibility",
    "WorkOutcome",
    "WorkProof",
]
