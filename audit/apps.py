from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import checks, events, governed, guards, kinds, names, signing, tree
        from audit.migrating import after_migrating

        kinds.declare(events.KINDS)
        checks.register()
        governed.refuse_other_writes()
        governed.note_history_rows()
        post_migrate.connect(guards.install_after_migrate, sender=self)
        after_migrating(self, names.fill, tree.enqueue, signing.have_key)
