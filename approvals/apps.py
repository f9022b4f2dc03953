from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "approvals"

    def ready(self) -> None:
        from approvals import awaited, checks, events, seeds, workflow
        from audit import kinds, moves, tables
        from audit.migrating import after_migrating
        from audit.tables import Standing

        kinds.declare(events.KINDS)
        kinds.forgive(events.OMISSIONS)
        tables.declare(
            Standing.DERIVED,
            {"approvals.AwaitedStage": "whose decision may be made now, for lists; deciding asks the rules themselves"},
        )
        tables.declare(
            Standing.OPERATIONAL,
            {
                "approvals.ToldOfExpiry": "who was reminded of an approval that ends; that it has ended is computed",
                "approvals.ToldOfCondition": "who was reminded of a condition; whether it is overdue is computed",
                "approvals.Forecast": "dry runs of drafts of policies, for whoever publishes",
                "approvals.ForecastChange": "what a dry run found, for whoever publishes",
            },
        )
        moves.declare("approvals.Review", workflow.REVIEW)
        moves.declare("approvals.PolicyDraft", workflow.POLICY)
        moves.declare("approvals.Waiver", workflow.WAIVER)
        moves.declare("registry.RiskAssessment", workflow.ASSESSMENT)
        checks.register()
        awaited.listen()
        after_migrating(self, seeds.lay, awaited.keep_all)
