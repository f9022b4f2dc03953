from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self) -> None:
        from audit import kinds
        from registry import events, seeds

        kinds.declare(events.KINDS)
        post_migrate.connect(seeds.lay, sender=self)
