from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from audit import kinds
        from governance import accounts, celery, checks, events, logs, roles, task_lines, telemetry

        logs.configure()
        kinds.declare(events.KINDS)
        kinds.say("role", {role.slug: role.title for role in roles.ROLES})
        checks.register()
        accounts.watch_sign_in()
        celery.make_broker_folders()
        telemetry.watch_databases()
        task_lines.watch()
