from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self) -> None:
        from audit import kinds
        from registry import events, search, seeds

        kinds.declare(events.KINDS)
        search.listen()
        post_migrate.connect(seeds.lay, sender=self)
        post_migrate.connect(search.fill, sender=self)
