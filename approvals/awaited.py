"""Keeps the index of what awaits a decision true: inside each transaction that changes what the rules would say.

The rules are asked, never written a second time. What changes their answer is a review, a decision or a part of the
evidence, each a row that is saved, here or in another room, so this listens to saving, and looks once at the end of the
action; and a policy, which is whole only once its last row is written, so whoever publishes one says so.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.signals import post_save

from approvals import facts as version_facts
from approvals.facts import ApprovalFacts
from approvals.models import AwaitedStage, Decision, Review
from audit import ledger
from registry.models import EvidencePart, ModelVersion, RiskTier

AT_ONCE = 500
#: What a row says of a stage of a review.
SAID = ("stage", "right", "named", "tier_id", "submitted_at", "due_at", "spent", "barred", "no_choosers")


def keep(versions: QuerySet[ModelVersion]) -> int:
    """Brings the rows about these versions to what the rules say; returns how many were wrong."""
    concerned = list(_concerned(versions))
    asked = _asked({version for version, status, *_ in concerned if status == Review.Status.IN_REVIEW})
    wanted = {_said(row): row for facts in asked for row in _awaited(facts)}
    kept = {tuple(said): pk for _, _, pk, *said in concerned if pk}
    gone, new = kept.keys() - wanted.keys(), wanted.keys() - kept.keys()
    if gone:
        AwaitedStage.objects.filter(pk__in=[kept[key] for key in gone]).delete()
    AwaitedStage.objects.bulk_create(wanted[key] for key in new)
    # Time alone ends an approval: nothing is saved then, and the rows are brought to it by the next sweep.
    ended = {facts.open_review.id for facts in asked if facts.has_ended}
    return sum(review not in ended for review, *_said_of in gone | new)


def keep_all() -> int:
    """The same for every version that has a review, a few at a time, each time in a transaction of its own."""
    in_review = ModelVersion.objects.filter(reviews__status=Review.Status.IN_REVIEW)
    listed = ModelVersion.objects.filter(reviews__awaited__isnull=False)
    keys = sorted({*in_review.values_list("pk", flat=True), *listed.values_list("pk", flat=True)})
    mended = 0
    for some in chunks(keys):
        with transaction.atomic():
            mended += _keep_locked(some)
    return mended


def keep_tier(tier: RiskTier) -> None:
    """The same for what is in review in this tier, in the transaction that publishes its policy."""
    in_review = Review.objects.filter(status=Review.Status.IN_REVIEW, version__model__tier=tier)
    for some in chunks(sorted(in_review.values_list("version", flat=True))):
        _keep_locked(some)


def in_tier(tier: RiskTier) -> set[tuple[int, str]]:
    """What the index says of a tier: the key of each review with each of its stages that await a decision."""
    return set(AwaitedStage.objects.filter(tier=tier).order_by().values_list("review", "stage"))


def listen() -> None:
    post_save.connect(_review_saved, sender=Review)
    post_save.connect(_decision_saved, sender=Decision)
    post_save.connect(_evidence_saved, sender=EvidencePart)


def chunks(keys: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(keys), AT_ONCE):
        yield keys[first : first + AT_ONCE]


def _keep_locked(keys: list[int]) -> int:
    """Whoever changes what the rules say of a version holds it locked, and nothing else is locked here: joined for the
    order of the list, models would be too, and those who come from them would wait in a circle."""
    versions = ModelVersion.objects.filter(pk__in=keys)
    # Others may refer to a version that is locked here, as a retirement does that names what replaces it.
    list(versions.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return keep(versions)


def _said(row: AwaitedStage) -> tuple[Any, ...]:
    return row.review_id, *(getattr(row, name) for name in SAID)


def _concerned(versions: QuerySet[ModelVersion]) -> QuerySet[Review]:
    """Reviews that are open for decisions or have rows, with each of their rows: version, status, the row's key, and
    what it says."""
    found = Review.objects.filter(Q(status=Review.Status.IN_REVIEW) | Q(awaited__isnull=False), version__in=versions)
    said = (f"awaited__{name}" for name in SAID)
    return found.order_by().values_list("version", "status", "awaited", "pk", *said)


def _asked(versions: Collection[int]) -> list[ApprovalFacts]:
    return version_facts.load_approvals(ModelVersion.objects.filter(pk__in=versions).order_by()) if versions else []


def _awaited(facts: ApprovalFacts) -> list[AwaitedStage]:
    review = facts.open_review
    return [
        AwaitedStage(
            review_id=review.id,
            stage=stage.stage,
            right=stage.decided_with,
            named=_named(stage.named(facts.version.model_id)),
            tier_id=facts.version.model.tier_id,
            submitted_at=review.submitted_at,
            due_at=facts.due_at(stage),
            spent=_ids(facts.spent(stage.stage)),
            barred=_ids(facts.barred | facts.choosers),
            no_choosers=_ids(facts.barred | facts.approvers),
        )
        for stage in facts.stages
        if facts.is_open(stage) and not facts.is_approved(stage.stage)
    ]


def _named(deciders: Iterable[str]) -> str:
    """Each between spaces, so that one is found that another begins with."""
    return f" {' '.join(sorted(deciders))} " if deciders else ""


def _ids(people: Iterable[uuid.UUID]) -> str:
    return " ".join(sorted(map(str, people)))


def _review_saved(instance: Review, **_: Any) -> None:
    _keep_at_end(instance.version_id)


def _decision_saved(instance: Decision, **_: Any) -> None:
    _keep_at_end(instance.review.version_id)


def _evidence_saved(instance: EvidencePart, **_: Any) -> None:
    _keep_at_end(instance.version_id)


def _keep_at_end(version: int) -> None:
    """Once for an action, whatever it saves of a version."""
    keeping = partial(keep, ModelVersion.objects.filter(pk=version))
    ledger.current().at_end(("approvals.awaited", version), keeping)
