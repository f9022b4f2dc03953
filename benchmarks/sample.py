"""Twenty models and the people around them, told through the actions: what the portfolio is made of.

Four models came by an import and nobody has assessed them. The others are of every tier, and stand in every place that
a version can have come to.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from approvals import tasks
from approvals.actions import performance_reviews, retirement, reviews
from approvals.models import PerformanceReview, Review
from benchmarks.names import ModelNames, PersonNames
from governance.roles import BY_SLUG
from registry import cards
from registry.actions import consumers, evaluations, imports, models, people, use_cases
from registry.imports import csv, runs
from registry.models import AIModel, ModelVersion, Person, Team, UseCase
from tests import builders
from tests.builders import Cast

TEAMS = ("Customer analytics", "Operations research", "Risk modelling", "Document services")
#: role, and the team's place in TEAMS for those who build
PEOPLE: tuple[tuple[str, int | None], ...] = (
    *(("author", team) for team in range(len(TEAMS))),
    *(("author", team) for team in range(len(TEAMS))),
    ("technical-reviewer", None),
    ("business-reviewer", None),
    ("compliance-reviewer", None),
    ("release-manager", None),
    ("auditor", None),
    ("admin", None),
    ("pipeline", 0),
    ("", None),
)
PARAGRAPH = (
    "It was built together with those who do this work today, who named the cases that matter to them. "
    "What they said is kept with the project, and is read again before each new version. "
    "Where the figures of a group are worse than those of the others, the reason is written down here with its remedy."
)


def tell_teams() -> list[Team]:
    system = Person.objects.system()
    return [people.create_team(name=name, by=system) for name in TEAMS]


def tell_people(teams: list[Team]) -> list[Person]:
    """In the order of PEOPLE."""
    return [_engage(number, role, teams[team] if team is not None else None) for number, (role, team) in _numbered()]


def _numbered() -> list[tuple[int, tuple[str, int | None]]]:
    return list(enumerate(PEOPLE))


def _engage(number: int, role: str, team: Team | None) -> Person:
    system, names = Person.objects.system(), PersonNames.of(number)
    kind = Person.Kind.SERVICE if role == "pipeline" else Person.Kind.HUMAN
    person = people.create_person(username=names.username, name=names.name, email=names.email, kind=kind, by=system)
    if role:
        people.grant_role(person=person, role=role, decides=BY_SLUG[role].decides, by=system)
    if team:
        people.join_team(person=person, team=team, by=system)
    return Person.objects.get(pk=person.pk)


def casts(teams: list[Team], engaged: list[Person]) -> list[Cast]:
    """One a team: its own author and colleague, and the reviewers of all."""
    by_role = {role: person for (role, _), person in zip(PEOPLE, engaged, strict=True)}
    return [
        Cast(
            team=team,
            author=engaged[place],
            colleague=engaged[place + len(TEAMS)],
            technical=by_role["technical-reviewer"],
            business=by_role["business-reviewer"],
            compliance=by_role["compliance-reviewer"],
            release=by_role["release-manager"],
            admin=by_role["admin"],
            auditor=by_role["auditor"],
            pipeline=by_role["pipeline"],
            stranger=by_role[""],
            superuser=by_role["admin"],
        )
        for place, team in enumerate(teams)
    ]


@dataclass(frozen=True)
class Story:
    """One model on its way, as one team lives it."""

    cast: Cast
    names: ModelNames

    def model(self, tier: str) -> AIModel:
        needs_use_case = tier != "low"
        return models.register_model(
            name=self.names.name,
            purpose=self.names.purpose,
            task=AIModel.Task.CLASSIFICATION,
            owner=self.cast.author,
            team=self.cast.team,
            answers=builders.ANSWERS[tier],
            use_case=self.use_case() if needs_use_case else None,
            use_case_line="" if needs_use_case else "Saves the time that sorting takes.",
            by=self.cast.author,
        )

    def use_case(self, *, decided: bool = True) -> UseCase:
        proposed = use_cases.propose(
            slug=self.names.use_case_slug,
            title=self.names.use_case_title,
            problem=f"Today this is done by hand, and comes too late for one in ten. {PARAGRAPH}",
            requirement="Nothing waits longer than two working days, and what is urgent is seen the same day.",
            acceptance_criteria="Nine of ten urgent ones are settled within a day, measured over a quarter.",
            affected_people="Customers who wait, and the clerks who decide.",
            sponsor=self.cast.business,
            is_regulated=True,
            by=self.cast.author,
        )
        if not decided:
            return proposed
        return use_cases.approve(use_case=proposed, reason="It serves the customers.", by=self.cast.business)

    def version(self, model: AIModel, number: int = 1) -> ModelVersion:
        names = self.names
        return builders.build_version(
            self.cast,
            model=model,
            summary="Trained on two more years" if number > 1 else "",
            artifact_uri=f"s3://models/{names.name}/{number}/model.skops",
            artifact_sha256=names.first_artifact if number == 1 else names.second_artifact,
            code_commit=names.first_commit if number == 1 else names.second_commit,
            training_data={"name": f"{names.name}-training", "sha256": names.training_digest, "row_count": 128_400},
            by=self.cast.colleague,
        )

    def evaluated(self, version: ModelVersion, *purposes: str) -> ModelVersion:
        data = {"name": f"{self.names.name}-holdout", "sha256": self.names.evaluation_digest}
        for purpose in purposes:
            builders.attach_evaluation(self.cast, version, purpose, dataset=data)
        evaluations.report_code_check(
            version=version,
            commit=version.code_commit,
            test_coverage=Decimal("91.2"),
            tests_passed=212,
            tests_failed=0,
            lint_findings=0,
            type_findings=0,
            by=self.cast.author,
        )
        return version

    def described(self, version: ModelVersion) -> ModelVersion:
        texts = {name: f"{name.replace('_', ' ').capitalize()}: {PARAGRAPH}" for name in cards.FIELD_NAMES}
        builders.write_card(self.cast, version, **(texts | {"training_period": "2021 to 2025"}))
        builders.write_release_plan(self.cast, version)
        return version

    def ready(self, tier: str, model: AIModel | None = None, number: int = 1) -> ModelVersion:
        version = self.version(model or self.model(tier), number)
        return self.described(self.evaluated(version, "staging", "production"))

    def in_review(self, version: ModelVersion, *approved: str) -> Review:
        review = builders.ask_for_review(self.cast, version)
        for stage in approved:
            builders.approve_stage(self.cast, review, stage)
        return review

    def deployed(self, version: ModelVersion, environment: str = "production") -> ModelVersion:
        builders.deploy(self.cast, version, environment)
        return version


LOW, MEDIUM = ("technical",), ("technical", "business")
HIGH = (*MEDIUM, "compliance", "deployment")


def _without_version(story: Story) -> None:
    story.model("low")


def _just_registered(story: Story) -> None:
    story.version(story.model("low"))


def _being_evaluated(story: Story) -> None:
    story.evaluated(story.version(story.model("low")), "development")


def _ready_to_ask(story: Story) -> None:
    story.ready("low")


def _in_staging(story: Story) -> None:
    version = story.ready("low")
    story.in_review(version, *LOW)
    story.deployed(version, "staging")


def _in_production(story: Story) -> None:
    version = story.ready("low")
    story.in_review(version, *LOW)
    story.deployed(version)


def _with_a_successor(story: Story) -> None:
    _in_production(story)
    story.version(AIModel.objects.get(name=story.names.name), number=2)


def _proposed(story: Story) -> None:
    story.use_case(decided=False)
    story.model("low")


def _medium_in_development(story: Story) -> None:
    story.evaluated(story.version(story.model("medium")), "development", "staging")


def _waits_for_the_business(story: Story) -> None:
    story.in_review(story.ready("medium"), "technical")


def _sent_back(story: Story) -> None:
    review = story.in_review(story.ready("medium"))
    reviews.request_changes(
        review=review, stage="technical", rationale="Say more of what it is not for.", by=story.cast.technical
    )


def _medium_in_production(story: Story) -> None:
    version = story.ready("medium")
    story.in_review(version, *MEDIUM)
    story.deployed(version)
    consumers.declare(version=version, name="Case desk", contact="case-desk@example.org", by=story.cast.author)
    _looked_at(version, story.cast)


def _waits_for_compliance(story: Story) -> None:
    story.in_review(story.ready("high"), *MEDIUM)


def _high_in_production(story: Story) -> None:
    version = story.ready("high")
    review = story.in_review(version)
    promise = {
        "text": "Report the share of overruled cases each month.",
        "owner": story.cast.author,
        "due_on": timezone.localdate() + datetime.timedelta(days=30),
    }
    builders.approve_stage(story.cast, review, "technical", conditions=[promise])
    for stage in HIGH[1:]:
        builders.approve_stage(story.cast, review, stage)
    story.deployed(version)
    for name in ("Case desk", "Letter service"):
        consumers.declare(version=version, name=name, contact="desk@example.org", by=story.cast.author)


def _replaced(story: Story) -> None:
    first = story.ready("high")
    story.in_review(first, *HIGH)
    story.deployed(first)
    second = story.ready("high", first.model, number=2)
    story.in_review(second, *HIGH)
    story.deployed(second)
    retirement.ask_clearance(version=first, reason="Replaced.", replacement=second, by=story.cast.author)
    tasks.compute_waiting_clearances()
    retirement.retire(clearance=first.clearances.get(), by=story.cast.author)


def _rejected(story: Story) -> None:
    review = story.in_review(story.ready("medium"))
    reviews.reject(
        review=review, stage="technical", rationale="It does no better than sorting by date.", by=story.cast.technical
    )


def _looked_at(version: ModelVersion, cast: Cast) -> None:
    """A performance review that fell due, and was closed."""
    later = timezone.now() + datetime.timedelta(days=181)
    opened = performance_reviews.open_due(by=Person.objects.system(), now=later)
    due = next(each for each in opened if each.version_id == version.pk)
    performance_reviews.close(
        performance_review=due,
        finding=PerformanceReview.Finding.AS_EXPECTED,
        summary="The share of overruled cases is what it was.",
        by=cast.author,
    )


REGISTERED: tuple[Callable[[Story], None], ...] = (
    _high_in_production,
    _in_production,
    _in_production,
    _without_version,
    _just_registered,
    _being_evaluated,
    _ready_to_ask,
    _in_staging,
    _with_a_successor,
    _proposed,
    _medium_in_development,
    _waits_for_the_business,
    _sent_back,
    _medium_in_production,
    _waits_for_compliance,
    _rejected,
    _replaced,
)
HIGH_IN_PRODUCTION = REGISTERED.index(_high_in_production)
WAITS_FOR_THE_BUSINESS = REGISTERED.index(_waits_for_the_business)
IMPORTED = 3
MODELS = len(REGISTERED) + IMPORTED


def tell_models(of_teams: list[Cast]) -> None:
    for number, story in enumerate(REGISTERED):
        story(Story(of_teams[number % len(of_teams)], ModelNames.of(number)))
    _import([ModelNames.of(number) for number in range(len(REGISTERED), MODELS)], of_teams[0])


def _import(came: list[ModelNames], cast: Cast) -> None:
    lines = [
        line.format(names=names)
        for names in came
        for line in (
            "{names.name},1,{names.purpose},s3://old/{names.name}/1,{names.first_artifact}",
            "{names.name},2,{names.purpose},s3://old/{names.name}/2,{names.second_artifact}",
        )
    ]
    table = "\n".join(["name,version,purpose,artifact_uri,artifact_sha256", *lines]).encode()
    run = runs.draft(csv.read(table, f"{came[0].name}.csv"), by=cast.author, team=cast.team, owner=cast.author)
    imports.start(run=run, by=cast.author)
    runs.go_on(run)
