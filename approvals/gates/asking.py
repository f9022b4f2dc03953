"""How gates are asked: what a requirement is, what an answer is, and that every doubt is a no."""

from __future__ import annotations

import datetime
import logging
from dataclasses import dataclass, replace
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from approvals.facts import ConditionFact, VersionFacts, WaiverFact
from approvals.models import CheckMode
from audit import halts
from registry.models import Environment

log = logging.getLogger(__name__)

#: OPEN is promised for a day that is still to come, ADVISED is shown and not asked for, WAIVED is let pass: not met,
#: and in nobody's way.
MET, OPEN, ADVISED, WAIVED, UNMET, STALE = "met", "open", "advised", "waived", "unmet", "stale"
WAITING, BLOCKED = "waiting", "blocked"
STAGING, PRODUCTION = Environment.STAGING, Environment.PRODUCTION


@dataclass(frozen=True)
class Finding:
    """Why not: a stable code, what is the case, and what to do about it."""

    code: str
    message: str
    remedy: str


NOTHING_ASKED = Finding(
    "nothing-asked",
    "No gate asks anything of this environment, so nothing may go there",
    "Tell an administrator: DEPLOYMENT_GATES has to name the gates.",
)


@dataclass(frozen=True)
class Requirement:
    """One thing an environment asks of a version.

    `step` names the page where the remedy is done; the doors turn it into an address. `condition` is the one that it
    asks to be kept, `check` the one of the policy that asks, "" for what is always asked; `waiver` lets it pass.
    """

    code: str
    title: str
    state: str
    detail: str
    remedy: str = ""
    step: str = ""
    by: str = ""
    at: datetime.datetime | datetime.date | None = None
    condition: ConditionFact | None = None
    check: str = ""
    waiver: WaiverFact | None = None

    @property
    def is_met(self) -> bool:
        return self.state == MET

    @property
    def is_open(self) -> bool:
        return self.state == OPEN

    @property
    def stands_in_the_way(self) -> bool:
        """Whether the gate stays closed for it."""
        return self.state not in (MET, OPEN, ADVISED, WAIVED)

    @property
    def finding(self) -> Finding:
        return Finding(self.code, f"{self.title}: {self.detail}", self.remedy)


class Gate:
    """Base of all gates. `environments` are those it is asked about, `check` the check by which a policy says how much
    is made of it; without one it is always asked, and always required."""

    environments: frozenset[str] = frozenset({STAGING, PRODUCTION})
    check: str = ""

    def requirements(self, facts: VersionFacts, environment: str) -> list[Requirement]:
        raise NotImplementedError

    def describe(self) -> str:
        """What this gate requires, in a sentence."""
        raise NotImplementedError


@dataclass(frozen=True)
class Answer:
    """What the gates say about one version and one environment."""

    environment: str
    requirements: tuple[Requirement, ...]

    @property
    def findings(self) -> list[Finding]:
        """Every objection. Where nothing is asked, that is the objection: silence is not a yes."""
        if not self.requirements:
            return [NOTHING_ASKED]
        return [requirement.finding for requirement in self.requirements if requirement.stands_in_the_way]

    @property
    def advised(self) -> list[str]:
        """The checks that are shown, and would have said no."""
        return sorted({requirement.check for requirement in self.requirements if requirement.state == ADVISED})

    @property
    def waivers(self) -> list[int]:
        return sorted({requirement.waiver.id for requirement in self.requirements if requirement.state == WAIVED})

    @property
    def allowed(self) -> bool:
        return not self.findings


def ask(facts: VersionFacts, environment: str) -> Answer:
    """Asks every gate of the environment.

    Raises ValueError for an environment that does not exist, ImproperlyConfigured when no gate is configured.
    """
    environment = Environment(environment)
    gates = configured()
    if not gates:
        raise ImproperlyConfigured("settings.DEPLOYMENT_GATES is empty.")
    asked = [gate for gate in gates if environment in gate.environments]
    answered = (requirement for gate in asked for requirement in _as_policies_ask(gate, facts, environment))
    return Answer(environment, (*_doubts(facts), *answered))


def _doubts(facts: VersionFacts) -> list[Requirement]:
    """What makes all that is known here worth nothing, whichever gates are configured: of a database that was set back,
    an approval counts that was revoked since."""
    if not facts.halted:
        return []
    return [
        Requirement(
            code=halts.CODE,
            title="Record as it was signed",
            state=UNMET,
            detail=f"The portal is read-only. {halts.explained(facts.halted)}",
            remedy="Deploy nothing until the portal is written to again, then ask again.",
        )
    ]


def configured() -> tuple[Gate, ...]:
    return tuple(
        _load(entry["GATE"], tuple(sorted(entry.get("OPTIONS", {}).items()))) for entry in settings.DEPLOYMENT_GATES
    )


@cache
def _load(path: str, options: tuple[tuple[str, object], ...]) -> Gate:
    return import_string(path)(**dict(options))


def _as_policies_ask(gate: Gate, facts: VersionFacts, environment: str) -> list[Requirement]:
    if not gate.check:
        return _ask_one(gate, facts, environment)
    mode = facts.mode(gate.check)
    if mode == CheckMode.OFF:
        return []
    waiver = facts.waiver(gate.check, environment) if mode == CheckMode.REQUIRED else None
    return [_of_check(gate.check, each, mode, waiver) for each in _ask_one(gate, facts, environment)]


def _of_check(check: str, requirement: Requirement, mode: CheckMode, waiver: WaiverFact | None) -> Requirement:
    """What is only shown, or waived, holds nothing up."""
    if not requirement.stands_in_the_way:
        return replace(requirement, check=check)
    if mode == CheckMode.SHOWN:
        return replace(requirement, check=check, state=ADVISED)
    if waiver is None or waiver.granted_by is None:
        return replace(requirement, check=check)
    why = f"{waiver.granted_by.name} waived it until {waiver.ends_on:%-d %b %Y}: {waiver.reason}"
    return replace(
        requirement,
        check=check,
        state=WAIVED,
        detail=f"{requirement.detail}. {why}",
        step="waiver",
        by=waiver.granted_by.name,
        at=waiver.granted_at,
        waiver=waiver,
    )


def _ask_one(gate: Gate, facts: VersionFacts, environment: str) -> list[Requirement]:
    try:
        return gate.requirements(facts, environment)
    except Exception:
        # A gate that cannot answer has not said yes.
        log.exception("Gate %s failed on %s", type(gate).__name__, facts.version)
        return [
            Requirement(
                code="gate-failed",
                title=type(gate).__name__,
                state=UNMET,
                detail="This check failed to run, so it counts as refused",
                remedy="Tell an administrator; the portal’s log has the details.",
            )
        ]
