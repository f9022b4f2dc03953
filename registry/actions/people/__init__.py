"""Who belongs to the organisation, and what each may do."""

from registry.actions.people.accounts import (
    change_password,
    change_person,
    create_person,
    deactivate,
    invite_person,
    reactivate,
    reset,
)
from registry.actions.people.linking import link_accounts, separate_account
from registry.actions.people.managing import MANAGE
from registry.actions.people.roles import confirm_role, grant_role, revoke_role
from registry.actions.people.teams import create_team, join_team, leave_team, rename_team
from registry.actions.people.tokens import DEFAULT_LIFE, TOKEN_PREFIX, issue_token, note_use, revoke_token
from registry.actions.people.visits import note_visit

__all__ = [
    "DEFAULT_LIFE",
    "MANAGE",
    "TOKEN_PREFIX",
    "change_password",
    "change_person",
    "confirm_role",
    "create_person",
    "create_team",
    "deactivate",
    "grant_role",
    "invite_person",
    "issue_token",
    "join_team",
    "leave_team",
    "link_accounts",
    "note_use",
    "note_visit",
    "reactivate",
    "rename_team",
    "reset",
    "revoke_role",
    "revoke_token",
    "separate_account",
]
