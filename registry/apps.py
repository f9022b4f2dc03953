from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self) -> None:
        from audit import kinds, moves, tables
        from audit.migrating import after_migrating
        from audit.tables import Standing
        from audit.verify import looks
        from registry import events, evidence, lifecycle, search, seeds
        from registry.models import Environment

        kinds.declare(events.KINDS)
        kinds.forgive(events.OMISSIONS)
        kinds.say("environment", {value: label.lower() for value, label in Environment.choices})
        tables.declare(
            Standing.DERIVED,
            {
                "registry.ModelWord": "words of models, for finding them",
                "registry.UseCaseWord": "words of use cases, for finding them",
                "registry.PersonWord": "words of people’s names, for finding them",
            },
        )
        tables.declare(
            Standing.OPERATIONAL,
            {
                "registry.ImportRun": "how far an import has come; what it makes is covered",
                "registry.ImportRow": "rows of a file that is imported; what they make is covered",
                "registry.CardDraft": "what somebody types of a card; saving it as a revision is covered",
                "registry.SavedView": "somebody’s own filters",
                "registry.PutAway": "hints that somebody has put away",
            },
        )
        looks.declare("evidence parts", evidence.parts_whole)
        moves.declare("registry.UseCase", lifecycle.USE_CASE)
        moves.declare("registry.Questionnaire", lifecycle.QUESTIONNAIRE)
        search.listen()
        after_migrating(self, seeds.lay, search.fill)
