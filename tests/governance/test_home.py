"""My work: what waits for a person, and how an empty portal is begun."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from approvals.actions import conditions, performance_reviews, reviews
from approvals.duties import Duties, UseCaseDuty
from approvals.models import Condition, PerformanceReview
from audit import ledger
from governance.my_work import waiting
from governance.outlook import Outlook
from governance.recorders import Recorders
from registry.actions import people
from registry.models import Person
from tests import builders
from tests.builders import Cast
from tests.statements import statements

pytestmark = pytest.mark.django_db
BACKEND = "governance.roles.SignInBackend"
BUDGET = 13


def page_of(client: Client, person: Person) -> str:
    client.force_login(person, backend=BACKEND)
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_portal_says_the_three_first_steps(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "python manage.py first_admin USERNAME" in page
    assert "add your people" in page
    assert "Bring in the first models" in page


def test_a_visitor_is_sent_to_sign_in_once_people_exist(client: Client, cast: Cast) -> None:
    response = client.get("/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/")


def test_somebody_without_a_role_sees_nothing_but_what_to_do(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = page_of(client, cast.stranger)
    assert "You have no role yet" in page
    assert version.model.name not in page


def test_an_open_stage_waits_for_those_who_decide_it_only(client: Client, cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    review = builders.ask_for_review(cast, version)
    title = f"Technical review of {version}"
    assert title in page_of(client, cast.technical)
    assert f"/reviews/{review.pk}/" in page_of(client, cast.technical)
    assert f"Business review of {version}" not in page_of(client, cast.business)
    builders.approve_stage(cast, review, "technical")
    assert title not in page_of(client, cast.technical)
    assert f"Business review of {version}" in page_of(client, cast.business)


def test_a_proposed_use_case_waits_for_the_business_role(client: Client, cast: Cast) -> None:
    builders.build_model(cast)
    use_case = builders.build_use_case(cast, approved=False)
    assert use_case.title in page_of(client, cast.business)
    assert "Use case:" not in page_of(client, cast.technical)
    assert "Use case:" not in page_of(client, cast.author)


def test_what_a_decision_holds_up_follows_its_stage(client: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    assert "Holds up</span>Staging" in page_of(client, cast.technical)
    builders.approve_stage(cast, review, "technical")
    assert "Holds up</span>Production" in page_of(client, cast.business)


def test_nothing_waits_once_changes_are_requested(client: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
    assert "Nothing waits for you" in page_of(client, cast.technical)


def test_requested_changes_wait_for_who_asked_and_who_submitted_until_it_is_submitted_again(
    client: Client, cast: Cast
) -> None:
    version = builders.ready_version(cast)
    draft = reviews.open_draft(version=version, by=cast.author)
    review = reviews.submit(review=draft, by=cast.colleague)
    reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
    for person in (cast.author, cast.colleague):
        page = page_of(client, person)
        assert f"Changes requested: {version}" in page
        assert "Technical asked for them in the technical review" in page
        assert f'href="/reviews/{review.pk}/"' in panel(page, "waiting-for-you-h")
        assert "1 request for changes waits for you." in page
        assert COUNT.format(1) in page
        assert "Waits for you" in client.get("/reviews/?waits=me").content.decode().partition("<tbody")[2]
    assert "Changes requested:" not in page_of(client, cast.release)
    reviews.submit(review=review, by=cast.author, unchanged=True)
    assert "Nothing waits for you" in page_of(client, cast.author)


def test_requested_changes_wait_for_nobody_who_may_not_answer_any_more(client: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    reviews.request_changes(review=review, stage="technical", rationale="Say more.", by=cast.technical)
    people.leave_team(person=cast.author, team=cast.team, by=cast.admin)
    assert "Nothing waits for you" in page_of(client, Person.objects.get(pk=cast.author.pk))


def test_a_promise_whose_day_is_to_come_stands_last_and_presses_nobody(client: Client, cast: Cast) -> None:
    today = timezone.localdate()
    for days_left, text in ((30, "Watch it."), (0, "Send the report.")):
        review = builders.ask_for_review(cast, builders.ready_version(cast))
        promised = {"text": text, "owner": cast.release, "due_on": today + datetime.timedelta(days=days_left)}
        builders.approve_stage(cast, review, "technical", conditions=[promised])
    waits = panel(page_of(client, cast.release), "waiting-for-you-h")
    assert waits.index("Send the report.") < waits.index("Watch it.")
    assert "Due today" in waits
    assert waits.count("button--primary") == 1
    first, second = Condition.objects.order_by("due_on")
    conditions.fulfil(condition=first, fulfilment="Sent.", by=cast.release)
    waits = panel(page_of(client, cast.release), "waiting-for-you-h")
    assert second.text in waits
    assert "button--primary" not in waits


def test_nobody_is_asked_to_decide_about_their_own_work(client: Client, cast: Cast) -> None:
    people.grant_role(person=cast.author, role="technical-reviewer", decides="technical", by=Person.objects.system())
    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    assert "Nothing waits for you" in page_of(client, cast.author)


def test_my_versions_say_what_stands_in_the_way_and_the_next_step(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = page_of(client, cast.author)
    assert str(version) in page
    assert "Attach evaluation" in page
    assert f"/models/{version.model.name}/versions/1/evaluations/attach/" in page


def test_only_the_newest_version_of_a_model_is_shown(client: Client, cast: Cast) -> None:
    old = builders.build_version(cast)
    new = builders.build_version(cast, model=old.model)
    page = page_of(client, cast.author)
    assert f"/versions/{new.number}/" in page
    assert f'href="/models/{old.model.name}/versions/{old.number}/"' not in page


def test_reviewers_do_not_see_versions_of_other_teams_as_theirs(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = page_of(client, cast.technical)
    assert "My versions" not in page
    assert f'href="/models/{version.model.name}/versions/1/"' not in page


def test_conditions_that_a_person_owes_are_listed_until_kept(client: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast))
    due = timezone.localdate() + datetime.timedelta(days=3)
    condition = {"text": "Add the leaflet.", "owner": cast.colleague, "due_on": due}
    builders.approve_stage(cast, review, "technical", conditions=[condition])
    assert "Add the leaflet." in page_of(client, cast.colleague)
    assert "Add the leaflet." not in page_of(client, cast.business)


def test_due_performance_reviews_are_seen_by_the_owning_team(client: Client, cast: Cast) -> None:
    version = builders.deployed_version(cast)
    system = Person.objects.system()
    with ledger.entry("approvals.performance_review.opened", by=system, subject=version):
        due = PerformanceReview(
            model=version.model, version=version, period=timezone.localdate(), opened_at=timezone.now()
        )
        due.save()
    address = f"/performance-reviews/{due.pk}/close/"
    assert address in page_of(client, cast.colleague)
    assert address not in page_of(client, cast.technical)
    performance_reviews.close(performance_review=due, finding="as_expected", summary="Fine.", by=cast.author)
    assert address not in page_of(client, cast.colleague)


COUNT = '<span class="sidenav__count sidenav__count--due">{}<span'


def test_the_navigation_counts_what_waits_on_every_page_and_right_after_a_decision(client: Client, cast: Cast) -> None:
    review = builders.ask_for_review(cast, builders.ready_version(cast, "medium"))
    builders.ask_for_review(cast, builders.ready_version(cast))
    client.force_login(cast.technical, backend=BACKEND)
    for address in ("/", "/models/", "/ledger/", f"/reviews/{review.pk}/"):
        assert COUNT.format(2) in client.get(address).content.decode(), address
    builders.approve_stage(cast, review, "technical")
    assert COUNT.format(1) in client.get("/models/").content.decode()
    client.force_login(cast.business, backend=BACKEND)
    assert COUNT.format(1) in client.get("/models/").content.decode()
    client.force_login(cast.auditor, backend=BACKEND)
    assert "sidenav__count" not in client.get("/models/").content.decode()


def test_versions_ready_to_deploy_are_shown_to_those_who_deploy(client: Client, cast: Cast) -> None:
    version = builders.approved_version(cast)
    builders.ask_for_review(cast, builders.ready_version(cast))
    assert "Deploy to staging" in page_of(client, cast.release)
    assert "Ready to deploy" not in page_of(client, cast.technical)
    builders.deploy(cast, version, "staging")
    assert f'aria-label="Deploy {version} to production"' in page_of(client, cast.release)
    newer = builders.approved_version(cast, model=version.model)
    builders.deploy(cast, newer)
    assert "Ready to deploy" not in page_of(client, cast.release)


def test_who_may_deploy_is_not_told_that_nothing_waits(client: Client, cast: Cast) -> None:
    builders.approved_version(cast)
    page = page_of(client, cast.release)
    assert "1 version is ready to deploy." in page
    assert "Nothing waits for you" not in page
    assert "Nothing waits for you" in page_of(client, cast.technical)


def test_the_lead_says_both_what_waits_and_what_is_ready(cast: Cast) -> None:
    one = UseCaseDuty("a", "A", "Ada", timezone.now())
    assert waiting.lead(Duties(Person(), use_cases=[one]), ready=2).endswith(
        ". 1 use case waits for you, and 2 versions are ready to deploy."
    )
    assert waiting.lead(Duties(Person()), ready=1).endswith(". 1 version is ready to deploy.")


def test_an_author_reads_who_records_the_deployment_next(client: Client, cast: Cast) -> None:
    builders.approved_version(cast)
    page = page_of(client, cast.author)
    assert "Ready to deploy</span>" in page
    assert "Everything staging asks is met" in page
    assert "A release manager or a pipeline records the deployment to staging." in page
    assert "Release manager: Release." in page
    people.revoke_role(person=cast.release, role="release-manager", decides="deployment", by=cast.admin)
    assert "Nobody holds the role Release manager now; an administrator gives it." in page_of(client, cast.author)


def test_of_many_who_record_deployments_the_first_are_named(cast: Cast) -> None:
    assert Recorders(("Ada", "Bo"), others=3).sentence == "Release manager: Ada, Bo and 3 more."


def test_nobody_is_named_while_something_else_comes_first(client: Client, cast: Cast) -> None:
    builders.ready_version(cast)
    assert "Release manager:" not in page_of(client, cast.author)


def seen(person: Person, ago: datetime.timedelta) -> None:
    """`person` was last here so long ago."""
    person.last_seen_at = timezone.now() - ago
    person.save(update_fields=["last_seen_at"])


def panel(page: str, name: str) -> str:
    return page[page.index(f'id="{name}"') :].partition("</section>")[0]


def test_news_is_what_others_did_to_ones_models_since_the_visit_before(client: Client, cast: Cast) -> None:
    version = builders.ready_version(cast)
    review = builders.ask_for_review(cast, version)
    other = builders.build_model(cast, owner=cast.business)
    seen(cast.author, datetime.timedelta(0))
    builders.approve_stage(cast, review, "technical")
    before = cast.author.last_seen_at
    news = panel(page_of(client, cast.author), "news")
    assert f"Since {timezone.localtime(before):%a %-d %b %H:%M}" in news
    assert "Technical</b>" in news
    assert "Author</b>" not in news
    assert other.name not in news


def test_nothing_new_is_said_plainly(client: Client, cast: Cast) -> None:
    builders.build_version(cast)
    seen(cast.author, datetime.timedelta(0))
    assert "Nothing changed about your models" in panel(page_of(client, cast.author), "news")


def test_much_news_is_cut_and_leads_to_the_ledger(client: Client, cast: Cast) -> None:
    model = builders.build_model(cast)
    seen(cast.colleague, datetime.timedelta(hours=3))
    for _ in range(9):
        builders.build_version(cast, model=model)
    news = panel(page_of(client, cast.colleague), "news")
    assert "The 8 newest are shown." in news
    assert f"/ledger/?since={timezone.localdate(cast.colleague.last_seen_at)}" in news


def test_a_visit_lasts_until_somebody_was_away_for_hours(client: Client, cast: Cast) -> None:
    builders.build_version(cast)
    seen(cast.author, datetime.timedelta(days=2))
    before = cast.author.last_seen_at
    news = panel(page_of(client, cast.author), "news")
    seen(cast.author, datetime.timedelta(minutes=90))
    assert panel(client.get("/").content.decode(), "news") == news
    assert f"Since {timezone.localtime(before):%a %-d %b %H:%M}" in news
    seen(cast.author, datetime.timedelta(hours=2))
    assert panel(client.get("/").content.decode(), "news") != news


def test_when_somebody_was_here_is_written_once_in_five_minutes(client: Client, cast: Cast) -> None:
    builders.build_version(cast)
    seen(cast.author, datetime.timedelta(minutes=4))
    page_of(client, cast.author)
    assert Person.objects.get(pk=cast.author.pk).last_seen_at == cast.author.last_seen_at
    seen(cast.author, datetime.timedelta(minutes=6))
    client.get("/models/")
    assert timezone.now() - Person.objects.get(pk=cast.author.pk).last_seen_at < datetime.timedelta(minutes=1)


def test_latest_tells_what_happened_to_models_not_who_signed_in(client: Client, cast: Cast) -> None:
    version = builders.build_version(cast)
    page = page_of(client, cast.author)
    assert f"registered {version}" in page
    assert "signed in" not in page


def test_the_number_of_statements_stays_the_same_with_many_models(client: Client, cast: Cast) -> None:
    people.grant_role(person=cast.author, role="technical-reviewer", decides="technical", by=Person.objects.system())
    client.force_login(cast.author, backend=BACKEND)
    for _ in range(2):
        builders.ask_for_review(cast, builders.ready_version(cast))
    with_two = statements(client, "/")
    for _ in range(20):
        builders.build_version(cast)
    assert statements(client, "/") == with_two
    assert with_two <= BUDGET
    assert "The 20 newest are shown." in client.get("/").content.decode()


def test_the_page_can_only_be_read(client: Client, cast: Cast) -> None:
    client.force_login(cast.author, backend=BACKEND)
    assert client.post("/").status_code == 405


def test_an_outlook_prefers_what_its_reader_can_do(cast: Cast) -> None:
    from approvals import facts, rights

    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    found = facts.of(version)

    def next_for(person: Person) -> str:
        return Outlook(found, person, rights.tiers_decided_by(person)).next_step.title

    assert next_for(cast.technical) == "Technical approval"
    assert Outlook(found, cast.technical, rights.tiers_decided_by(cast.technical)).next_step.yours
    assert not Outlook(found, cast.author, rights.tiers_decided_by(cast.author)).next_step.yours
