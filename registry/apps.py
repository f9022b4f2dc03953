from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self) -> None:
        from audit import kinds
        from audit.migrating import after_migrating
        from audit.verify import looks
        from registry import events, evidence, search, seeds

        kinds.declare(events.KINDS)
        looks.declare("evidence parts", evidence.parts_whole)
        search.listen()
        after_migrating(self, seeds.lay, search.fill)
