from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from audit import kinds, tables
        from audit.tables import Standing
        from governance import accounts, celery, checks, events, logs, roles, task_lines, telemetry

        logs.configure()
        kinds.declare(events.KINDS)
        kinds.say("role", {role.slug: role.title for role in roles.ROLES})
        tables.declare(
            Standing.OPERATIONAL,
            {
                "auth.Permission": "names of rights; who holds one is covered",
                "auth.Group": "not used: roles are code, who holds one is covered",
                "auth.Group_permissions": "not used: roles are code",
                "guardian.UserObjectPermission": "not used: rights to decide are rows of our own, which are covered",
                "guardian.GroupObjectPermission": "not used: nobody has a right through a group",
                "mfa.Authenticator": "secrets of second factors; adding and removing one are events",
                "account.EmailAddress": "not used: addresses are the administrators’ to change",
                "account.EmailConfirmation": "not used: addresses are the administrators’ to change",
                "socialaccount.SocialAccount": "identities of the provider; tying one is an event",
                "socialaccount.SocialApp": "not used: the provider stands in the settings",
                "socialaccount.SocialToken": "not used: nothing is asked of the provider afterwards",
                "usersessions.UserSession": "where somebody is signed in, for their list of sessions",
            },
        )
        checks.register()
        accounts.watch_sign_in()
        celery.make_broker_folders()
        telemetry.watch_databases()
        task_lines.watch()
