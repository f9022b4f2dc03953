from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "approvals"

    def ready(self) -> None:
        from approvals import awaited, checks, events, seeds
        from audit import kinds
        from audit.migrating import after_migrating

        kinds.declare(events.KINDS)
        checks.register()
        awaited.listen()
        after_migrating(self, seeds.lay, awaited.keep_all)
