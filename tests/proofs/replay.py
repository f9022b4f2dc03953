"""What the ledger says, done again one event after the other: the rows that stood there at each moment, and a second,
plain statement of who may decide and what may be deployed, against which every decision and deployment is held.

It shares nothing with the rules: it reads events and the history rows that they name, and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F

from audit.governed import governed_models
from audit.models import Event

Row = dict[str, Any]
Tables = dict[str, dict[Any, Row]]
YES = ("approved", "approved_with_conditions")


@dataclass
class Replay:
    """`tables` hold what stood there after the events that were done again so far."""

    tables: Tables = field(default_factory=lambda: defaultdict(dict))

    def anomalies(self) -> Iterator[str]:
        """Everything that was let through and should not have been."""
        past = _past()
        for event in Event.objects.order_by("leaf__index", "pk"):
            if event.kind == "approvals.deployment.recorded":
                yield from self._against_deployment(event)
            self._apply(event, past)
            if event.kind.startswith("approvals.review.") and "decision" in event.facts:
                yield from self._against_decision(event)

    def _apply(self, event: Event, past: dict[tuple[str, int], Row]) -> None:
        for change in event.rows:
            row = past[change["table"], change["history"]]
            if change["change"] == "deleted":
                self.tables[change["table"]].pop(row["key"])
            else:
                self.tables[change["table"]][row["key"]] = row

    # What is held against them

    def _against_decision(self, event: Event) -> Iterator[str]:
        decision = next(
            self.tables["approvals_decision"][_key(change)]
            for change in event.rows
            if change["table"] == "approvals_decision"
        )
        review = self.tables["approvals_review"][decision["review_id"]]
        version, by, stage = review["version_id"], decision["decided_by_id"], decision["stage"]
        said = f"event {event.pk} ({event.kind} of review {review['key']}, {stage})"
        if by in self._with_a_part_in(version):
            yield f"{said}: decided by somebody with a part in it"
        if not self._holds_right(by, version, stage):
            yield f"{said}: decided without a right"
        if not self._is_named(by, version, review["policy_id"], stage):
            yield f"{said}: decided in place of those who are named"
        earlier = [each for each in self._decisions(version) if each["key"] < decision["key"]]
        for before in self._stages_before(version, stage):
            if not self._is_approved(version, before, earlier):
                yield f"{said}: decided before {before} was approved"
        if decision["outcome"] in YES:
            if self._is_approved(version, stage, earlier):
                yield f"{said}: approved a second time"
            if by in {each["decided_by_id"] for each in self._counting(version, stage, earlier)}:
                yield f"{said}: the same person approved twice"

    def _against_deployment(self, event: Event) -> Iterator[str]:
        version = int(event.subject.partition(":")[2])
        said = f"event {event.pk} (deployment of version {version} to {event.facts['environment']})"
        for why in self.reasons(version, event.facts["environment"]):
            yield f"{said}: {why}"

    def reasons(self, version: int, environment: str) -> set[str]:
        """Why it may not be deployed there, as far as people decide about it."""
        asked = self._asked(version)
        decisions = self._decisions(version)
        if environment == "staging":
            rejected = {stage for stage in asked if _latest(decisions, stage).get("outcome") == "rejected"}
            asked = {stage: asked[stage] for stage in asked if stage == "technical" or stage in rejected}
        found = {f"{stage}-approval" for stage in asked if not self._is_approved(version, stage, decisions)}
        over = [each for each in self._reviews(version) if each["status"] in ("approved", "suspended", "revoked")]
        if any(each["status"] == "suspended" for each in over):
            found.add("approval-suspended")
        elif over and over[-1]["status"] == "revoked":
            found.add("approval-revoked")
        if any(each["version_id"] == version for each in self.tables["registry_retirement"].values()):
            found.add("retired")
        return found

    # What stood there

    def _reviews(self, version: int) -> list[Row]:
        found = [each for each in self.tables["approvals_review"].values() if each["version_id"] == version]
        return sorted(found, key=lambda each: each["key"])

    def _decisions(self, version: int) -> list[Row]:
        """Those that count, in their order."""
        reviews = {each["key"]: each for each in self._reviews(version)}
        revoked = max((key for key, each in reviews.items() if each["status"] == "revoked"), default=0)
        counting = {key for key, each in reviews.items() if each["status"] != "withdrawn" and key > revoked}
        found = [each for each in self.tables["approvals_decision"].values() if each["review_id"] in counting]
        return sorted(found, key=lambda each: each["key"])

    def _asked(self, version: int) -> dict[str, Row]:
        """The stages of the tier's newest policy and of the last review's, united."""
        tier = self.tables["registry_aimodel"][self.tables["registry_modelversion"][version]["model_id"]]["tier_id"]
        of_tier = [each for each in self.tables["approvals_policy"].values() if each["tier_id"] == tier]
        policies = {max(of_tier, key=lambda each: each["revision"])["key"]}
        policies |= {each["policy_id"] for each in self._reviews(version)[-1:]}
        found: dict[str, Row] = {}
        for each in self.tables["approvals_policystage"].values():
            if each["policy_id"] in policies:
                known = found.setdefault(each["stage"], {"rests_on": set(), "quorum": 1, "position": 0})
                known["rests_on"] |= set(each["rests_on"])
                known["quorum"] = max(known["quorum"], each["quorum"])
                known["position"] = max(known["position"], each["position"])
        return found

    def _stages_before(self, version: int, stage: str) -> list[str]:
        asked = self._asked(version)
        return [name for name, each in asked.items() if each["position"] < asked[stage]["position"]]

    def _is_approved(self, version: int, stage: str, decisions: list[Row]) -> bool:
        return len(self._counting(version, stage, decisions)) >= self._asked(version)[stage]["quorum"]

    def _counting(self, version: int, stage: str, decisions: list[Row]) -> list[Row]:
        """The approvals of the stage that count: one of each person, since the last no, on what is there now."""
        since: list[Row] = []
        for each in decisions:
            if each["stage"] == stage:
                since = [*since, each] if each["outcome"] in YES else []
        newest = {each["decided_by_id"]: each for each in since}
        now, rests_on = self._evidence(version), self._asked(version)[stage]["rests_on"]
        return [
            each
            for each in newest.values()
            if all(now.get(part) is not None and now[part] == each["evidence"].get(part) for part in rests_on)
        ]

    def _evidence(self, version: int) -> dict[str, str]:
        parts = self.tables["registry_evidencepart"].values()
        return {each["part"]: each["digest"] for each in parts if each["version_id"] == version}

    def _with_a_part_in(self, version: int) -> set[UUID]:
        row = self.tables["registry_modelversion"][version]
        parts = self.tables["registry_evidencepart"].values()
        people = {row["created_by_id"], self.tables["registry_aimodel"][row["model_id"]]["owner_id"]}
        people |= {each["changed_by_id"] for each in parts if each["version_id"] == version}
        for review in self._reviews(version):
            people |= {review["requested_by_id"], review["submitted_by_id"]}
        return people - {None}

    def _is_named(self, person: UUID, version: int, policy: int, stage: str) -> bool:
        """By the policy that the review was submitted under, whatever was published since."""
        model = str(self.tables["registry_modelversion"][version]["model_id"])
        for each in self.tables["approvals_policystage"].values():
            if (each["policy_id"], each["stage"]) == (policy, stage):
                own = [who for whose, who in each["deciders"] if whose == model]
                named = own or [who for whose, who in each["deciders"] if not whose]
                return not named or f"person:{person}" in named
        return True

    def _holds_right(self, person: UUID, version: int, stage: str) -> bool:
        tier = self.tables["registry_aimodel"][self.tables["registry_modelversion"][version]["model_id"]]["tier_id"]
        rights = self.tables["registry_risktieruserobjectpermission"].values()
        return any(
            each["user_id"] == person and each["content_object_id"] == tier and each["right"] == f"decide_{stage}"
            for each in rights
        )


def _latest(decisions: list[Row], stage: str) -> Row:
    return next((each for each in reversed(decisions) if each["stage"] == stage), {})


def _key(change: dict[str, Any]) -> Any:
    return UUID(change["key"]) if "-" in change["key"] else int(change["key"])


def _past() -> dict[tuple[str, int], Row]:
    """Every history row, by its table and number."""
    found = {}
    for model in governed_models():
        pk = model._meta.pk.attname
        names = [each.attname for each in model._governed_columns() if each.attname != pk]
        right = {"right": F("permission__codename")} if "permission_id" in names else {}
        for row in model.history.model.objects.values("history_id", *names, key=F(pk), **right):
            found[model._meta.db_table, row["history_id"]] = row
    return found
