"""Which reviews wait for a person, found in the index of what awaits a decision and asked of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import OuterRef, Q, QuerySet

from approvals import facts as version_facts
from approvals import rules
from approvals.facts import ApprovalFacts, StageFact, names_of
from approvals.models import AwaitedStage, Review
from approvals.rights import SUBMIT, Right
from registry.models import ModelVersion, Person, Team


def facts_of(reviews: Iterable[Review]) -> dict[int, ApprovalFacts]:
    """What deciding asks of each review's version, by the version's id, in one statement."""
    versions = ModelVersion.objects.filter(pk__in={review.version_id for review in reviews}).order_by()
    return {facts.version.pk: facts for facts in version_facts.load_approvals(versions)}


def stages_waiting(facts: ApprovalFacts, person: Person, decided: Mapping[str, Mapping[int, Right]]) -> list[StageFact]:
    """The stages of the open review that `person` may decide now, by the rules that deciding asks.

    `decided` are the person's rights (`rights.tiers_decided_by`).
    """
    asked = facts.open_review
    if asked is None:
        return []
    review = Review(pk=asked.id, status=asked.status)
    tier = facts.version.model.tier_id
    mine = {right: held[tier] for right, held in decided.items() if tier in held}
    return [
        stage
        for stage in facts.stages
        if not facts.is_approved(stage.stage)
        and person.identity not in facts.spent(stage.stage)
        and not rules.against_deciding(
            facts, review, stage.stage, by=person, right=mine.get(stage.decided_with), approving=False
        )
    ]


def awaited_by(person: Person, decided: Mapping[str, Mapping[int, Right]]) -> QuerySet[AwaitedStage]:
    """The stages that `person` may decide now. `decided` as above.

    The rows say who is barred and who has had their say as the rules do, so that lists can be counted and paged by the
    database.
    """
    if not decided:
        return AwaitedStage.objects.none()
    held = Q()
    for name, tiers in decided.items():
        for right, ids in _by_right(tiers).items():
            held |= Q(right=name, tier__in=ids) & _counting(right) & _naming(person, right)
    waiting = AwaitedStage.objects.filter(held)
    return waiting.exclude(spent__contains=person.identity).exclude(barred__contains=person.identity)


def _by_right(tiers: Mapping[int, Right]) -> dict[Right, list[int]]:
    found: dict[Right, list[int]] = {}
    for tier, right in tiers.items():
        found.setdefault(right, []).append(tier)
    return found


def _counting(right: Right) -> Q:
    """Where it counts, as `rules.against_decider` says."""
    if right.chooser is None:
        return Q()
    return Q(submitted_at__gte=right.given_at) & ~Q(no_choosers__contains=right.chooser)


def _naming(person: Person, right: Right) -> Q:
    """Where the policy names nobody, or this person or a team of theirs."""
    named = Q(named="")
    for each in sorted(names_of(person.pk, right.teams)):
        named |= Q(named__contains=f" {each} ")
    return named


def teams_asking(person: Person) -> frozenset[int] | None:
    """The teams for whose models `person` may ask for review and answer a request for changes. None is every team."""
    if person.has_perm(SUBMIT):
        return None
    return frozenset(team for team in person.standing.teams if person.has_perm(SUBMIT, Team(pk=team)))


def handed_back_to(person: Person | OuterRef, teams: frozenset[int] | None) -> QuerySet[Review]:
    """Reviews with changes requested that `person` asked for and may submit again. `teams` as above."""
    found = Review.objects.filter(
        Q(requested_by=person) | Q(submitted_by=person),
        status=Review.Status.CHANGES_REQUESTED,
        version__retirement=None,
    )
    return found if teams is None else found.filter(version__model__team__in=teams)


def longest_waiting(person: Person, decided: Mapping[str, Mapping[int, Right]], most: int) -> list[tuple[int, str]]:
    """The first `most` stages that `person` may decide now, longest waiting first, in one statement. Each is the key of
    its version and its name."""
    awaited = awaited_by(person, decided).order_by("submitted_at", "review")
    return list(awaited.values_list("review__version", "stage")[:most])


def asked_again(
    waiting: Iterable[tuple[int, str]], person: Person, decided: Mapping[str, Mapping[int, Right]]
) -> list[tuple[ApprovalFacts, StageFact]]:
    """What the index says, asked of the rules once more, so that nothing is shown that they refuse. In one statement,
    and in the order of the index."""
    versions = ModelVersion.objects.filter(pk__in={version for version, _ in waiting}).order_by()
    known = {facts.version.pk: facts for facts in version_facts.load_approvals(versions)}
    return [
        (facts, stage)
        for version, name in waiting
        if (facts := known.get(version))
        for stage in stages_waiting(facts, person, decided)
        if stage.stage == name
    ]
