from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ApprovalsConfig(AppConfig):
    name = "approvals"

    def ready(self) -> None:
        from approvals import checks, events, seeds
        from audit import kinds

        kinds.declare(events.KINDS)
        checks.register()
        post_migrate.connect(seeds.lay, sender=self)
