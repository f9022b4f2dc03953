from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import checks, events, governed, guards, kinds, names, signing, tables, tree
        from audit.migrating import after_migrating
        from audit.tables import Standing

        kinds.declare(events.KINDS)
        tables.declare(
            Standing.COVERED,
            {
                "audit.Event": "append-only; sealed, in the tree, and signed for",
                "audit.Leaf": "append-only; compared with the events, place by place",
                "audit.TreeNode": "append-only; computed anew from the events",
                "audit.Checkpoint": "append-only; its signatures and its root are checked",
                "audit.RowShape": "append-only; its name is its digest",
            },
        )
        tables.declare(
            Standing.DERIVED,
            {
                "audit.WaitingEvent": "events without a place in the tree; the proof asks for one of the two",
                "audit.StreamWord": "words of labels, for finding events",
                "audit.Anchoring": "checkpoints on their way out; the proof reads the copies themselves",
                "audit.Halt": "what the signer found; it finds it again",
                "audit.Hindrance": "what keeps the signer from signing; it finds it again",
            },
        )
        tables.declare(
            Standing.OPERATIONAL,
            {
                "audit.RefusalTally": "how many refusals the next event about them speaks for",
                "audit.OutboxMessage": "mail that is still to be sent",
                "audit.OwedEvent": "what was taken out while nothing could be written, until it is an event",
                "audit.AskedProof": "that a proof was asked for; asking is an event",
                "audit.Heartbeat": "when the worker was last alive",
                "contenttypes.ContentType": "names of our own models",
                "sessions.Session": "who is signed in where; signing in and out are events",
            },
        )
        checks.register()
        governed.refuse_other_writes()
        governed.note_history_rows()
        post_migrate.connect(guards.install_after_migrate, sender=self)
        after_migrating(self, names.fill, tree.enqueue_forgotten, signing.have_key)
