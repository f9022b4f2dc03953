from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from audit import kinds
        from governance import accounts, celery, checks, events

        kinds.declare(events.KINDS)
        checks.register()
        accounts.watch_sign_in()
        celery.make_broker_folders()
