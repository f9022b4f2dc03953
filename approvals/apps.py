from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ApprovalsConfig(AppConfig):
    name = "approvals"

    def ready(self) -> None:
        from approvals import awaited, checks, events, seeds
        from audit import kinds

        kinds.declare(events.KINDS)
        checks.register()
        awaited.listen()
        post_migrate.connect(seeds.lay, sender=self)
        post_migrate.connect(awaited.after_migrating, sender=self)
