from audit.models.checkpoints import Anchoring, Checkpoint, Halt, Hindrance
from audit.models.events import WHOLE, Event, EventQuerySet, RowShape, StreamWord, reference, reference_of
from audit.models.outbox import AskedProof, Heartbeat, OutboxMessage, OwedEvent, RefusalTally
from audit.models.tree import Leaf, TreeNode, WaitingEvent

__all__ = [
    "WHOLE",
    "Anchoring",
    "AskedProof",
    "Checkpoint",
    "Event",
    "EventQuerySet",
    "Halt",
    "Heartbeat",
    "Hindrance",
    "Leaf",
    "OutboxMessage",
    "OwedEvent",
    "RefusalTally",
    "RowShape",
    "StreamWord",
    "TreeNode",
    "WaitingEvent",
    "reference",
    "reference_of",
]
