from typing import Any

from django.core.management.base import BaseCommand

from approvals import workflow
from audit.verbs import Verb, diagram
from registry import lifecycle

PREFACE = """# Workflows

Printed by `python manage.py workflow_diagram` from the tables in `registry/lifecycle.py` and `approvals/workflow.py`;
a test compares this page with them. A verb is one word in table, URL, button, action and event.
"""


def page() -> str:
    """The whole of docs/workflow.md."""
    parts = [
        PREFACE,
        *_section("Use case", lifecycle.USE_CASE),
        *_section("Risk questionnaire", lifecycle.QUESTIONNAIRE),
        *_section("Risk assessment", workflow.ASSESSMENT),
        *_section("Policy", workflow.POLICY),
        *_section("Review", workflow.REVIEW),
        *_section("Waiver", workflow.WAIVER),
    ]
    return "\n".join(parts) + "\n"


def _section(title: str, verbs: tuple[Verb, ...]) -> list[str]:
    rows = [_row(verb) for verb in verbs]
    table = ["| verb | button | who | event |", "|---|---|---|---|", *rows]
    return [f"## {title}\n", "```mermaid", diagram(verbs), "```\n", *table, ""]


def _row(verb: Verb) -> str:
    who = verb.permission or "a right on the risk tier"
    return f"| {verb.name} | {verb.button} | {who} | `{verb.event}` |"


class Command(BaseCommand):
    help = "Prints docs/workflow.md from the workflow tables."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")
