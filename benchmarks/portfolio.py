"""A portfolio of any size: the sample, told through the actions, and as many copies of it as are asked for."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator

from approvals.models import AwaitedStage, Clearance, Condition, Decision, PerformanceReview, Review
from audit import checkpoints, names, tree
from benchmarks import sample
from benchmarks.copies import Copy, Sample, leave_room
from benchmarks.names import ModelNames, PersonNames, texts
from registry import search
from registry.models import (
    AIModel,
    CodeCheck,
    Consumer,
    Dataset,
    Deployment,
    Evaluation,
    EvidencePart,
    ImportRow,
    ImportRun,
    Measurement,
    ModelCard,
    ModelVersion,
    Origin,
    Person,
    ReleasePlan,
    Retirement,
    RiskAssessment,
    RiskTierUserObjectPermission,
    RoleGrant,
    TeamMembership,
    UseCase,
)

#: Each table after those it points to.
PEOPLE = (Person, TeamMembership, RoleGrant, RiskTierUserObjectPermission)
MODELS = (
    UseCase,
    AIModel,
    RiskAssessment,
    Dataset,
    ModelVersion,
    EvidencePart,
    Evaluation,
    Measurement,
    CodeCheck,
    ModelCard,
    ReleasePlan,
    Consumer,
    Review,
    AwaitedStage,
    Decision,
    Condition,
    Deployment,
    PerformanceReview,
    Clearance,
    Retirement,
    ImportRun,
    ImportRow,
    Origin,
)

PAST = datetime.timedelta(days=3 * 365)
A_MINUTE = datetime.timedelta(minutes=1)
#: So many models are looked after by one set of people, between these bounds.
MODELS_A_SET = 500
FEWEST_SETS, MOST_SETS = 5, 200

People = dict[uuid.UUID, uuid.UUID]


def write(models: int) -> int:
    """Writes `models` models, a multiple of the sample's, and returns how many rows are copies.

    People came first, three years ago; the models spread over the time since, and the sample itself is of today.
    """
    copies, rest = divmod(models, sample.MODELS)
    if rest or not copies:
        raise ValueError(f"The number of models has to be a multiple of {sample.MODELS}.")
    sets = min(max(models // MODELS_A_SET, FEWEST_SETS), MOST_SETS)
    teams = sample.tell_teams()
    free = leave_room(PEOPLE, sets - 1)
    engaged = sample.tell_people(teams)
    of_sets, written = _write_people(Sample(PEOPLE, free, texts=_person_texts(0), people=_ids(engaged)), engaged, sets)
    free = leave_room(MODELS, copies - 1)
    sample.tell_models(sample.casts(teams, engaged))
    told = Sample(MODELS, free, texts=_model_texts(0))
    written += told.write(_model_copies(copies, of_sets))
    search.fill()
    names.fill()
    tree.enqueue_forgotten()
    tree.integrate()
    checkpoints.sign_now()
    return written


def _ids(people: list[Person]) -> list[uuid.UUID]:
    return [person.pk for person in people]


def _write_people(told: Sample, engaged: list[Person], sets: int) -> tuple[list[People], int]:
    """The people of each set by those of the sample, which is the first of them."""
    of_sets: list[People] = [{}] + [{person.pk: uuid.uuid4() for person in engaged} for _ in range(1, sets)]
    written = told.write(
        Copy(
            place=number - 1,
            back=PAST + (sets - number) * A_MINUTE,
            people=of_sets[number],
            texts=dict(zip(_person_texts(0), _person_texts(number), strict=True)),
        )
        for number in range(1, sets)
    )
    return of_sets, written


def _model_copies(copies: int, of_sets: list[People]) -> Iterator[Copy]:
    """The oldest first, so that keys grow with time."""
    for number in range(1, copies):
        yield Copy(
            place=number - 1,
            back=PAST * (copies - number) / copies,
            people=of_sets[number % len(of_sets)],
            texts=dict(zip(_model_texts(0), _model_texts(number), strict=True)),
        )


def _person_texts(number: int) -> list[str]:
    first = number * len(sample.PEOPLE)
    return [text for each in range(first, first + len(sample.PEOPLE)) for text in texts(PersonNames.of(each))]


def _model_texts(number: int) -> list[str]:
    first = number * sample.MODELS
    return [text for each in range(first, first + sample.MODELS) for text in texts(ModelNames.of(each))]
