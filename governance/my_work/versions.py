"""Where a person's own versions stand, and which versions wait for somebody to deploy them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Exists, OuterRef

from approvals import facts as version_facts
from approvals.actions.deployments import RECORD
from approvals.models import Review
from approvals.rights import Right
from governance.my_work.subjects import Subjects
from governance.outlook import Outlook
from registry.models import Deployment, Environment, ModelVersion, Person, Retirement

MOST = 20
MOST_RELEASES = 10
#: Approved so long ago that as many others were approved since: nobody waits for it any more.
LATEST_APPROVALS = 300


def mine(person: Person, subjects: Subjects, decided: Mapping[str, Mapping[int, Right]]) -> list[Outlook]:
    """The newest version of each own model unless it is retired: those with a step for this person first. One more
    than `MOST` says that there are others."""
    newer = ModelVersion.objects.filter(model=OuterRef("model"), number__gt=OuterRef("number"))
    retired = Retirement.objects.filter(version=OuterRef("pk"))
    versions = ModelVersion.objects.filter(~Exists(newer), ~Exists(retired), model__in=subjects.own).newest_first()
    outlooks = [Outlook(facts, person, decided) for facts in version_facts.load(versions[: MOST + 1])]
    return sorted(outlooks[:MOST], key=_rank) + outlooks[MOST:]


def to_release(person: Person, decided: Mapping[str, Mapping[int, Right]]) -> list[Outlook]:
    """Approved versions that may enter their next environment now, for somebody who records deployments everywhere."""
    if not person.has_perm(RECORD):
        return []
    approved = Review.objects.filter(status=Review.Status.APPROVED).order_by("-closed_at", "-pk")[:LATEST_APPROVALS]
    production = Deployment.objects.filter(environment=Environment.PRODUCTION)
    versions = ModelVersion.objects.filter(
        ~Exists(production.filter(version=OuterRef("pk"))),
        ~Exists(production.filter(model=OuterRef("model"), version__number__gt=OuterRef("number"))),
        ~Exists(Retirement.objects.filter(version=OuterRef("pk"))),
        pk__in=approved.values("version"),
    ).newest_first()
    outlooks = [Outlook(facts, person, decided) for facts in version_facts.load(versions[: MOST_RELEASES * 2])]
    return [outlook for outlook in outlooks if outlook.is_deployable][:MOST_RELEASES]


def _rank(outlook: Outlook) -> tuple[bool, bool]:
    step = outlook.next_step
    return (step is None, step is not None and not step.yours)
