from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self) -> None:
        from audit import kinds
        from audit.migrating import after_migrating
        from registry import events, search, seeds

        kinds.declare(events.KINDS)
        search.listen()
        after_migrating(self, seeds.lay, search.fill)
