"""Proposing and deciding use cases: through the doors people use."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from registry.actions import people
from registry.models import Person, UseCase
from tests import builders
from tests.builders import Cast
from tests.statements import statements

LIST = reverse("registry:use_case_list")
PROPOSE = reverse("registry:use_case_propose")
BUDGET = 13
VERBS = ["approve", "reject"]


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="governance.roles.SignInBackend")
    return client


def url_of(use_case: UseCase, verb: str = "detail") -> str:
    return reverse(f"registry:use_case_{verb}", args=[use_case.slug])


def typed(cast: Cast, **changes: str) -> dict[str, str]:
    return {
        "title": "Plan follow-up visits",
        "problem": "Visits are planned by hand and come too late.",
        "requirement": "Order patients by expected progression.",
        "acceptance_criteria": "Nine of ten urgent patients are seen within four weeks.",
        "affected_people": "Patients of the diabetes clinic.",
        "sponsor": str(cast.business.pk),
        "is_regulated": "yes",
    } | changes


# Proposing


def test_an_author_proposes_and_lands_on_the_use_case(cast: Cast) -> None:
    said = signed_in(cast.author).post(PROPOSE, typed(cast), follow=True)
    use_case = UseCase.objects.get()
    assert said.redirect_chain == [(url_of(use_case), 302)]
    assert (use_case.slug, use_case.status, use_case.proposed_by) == ("plan-follow-up-visits", "proposed", cast.author)
    assert use_case.is_regulated
    assert "Waiting for a decision" in said.content.decode()


@pytest.mark.parametrize(
    ("title", "slugs"),
    [
        ("Plan visits", ["plan-visits", "plan-visits-2", "plan-visits-3"]),
        ("Propose", ["propose-2", "propose-3"]),
        ("行程", ["use-case", "use-case-2"]),
        ("x" * 120, ["x" * 54, "x" * 54 + "-2"]),
    ],
)
def test_the_address_comes_from_the_title_and_is_unique(cast: Cast, title: str, slugs: list[str]) -> None:
    client = signed_in(cast.author)
    for slug in slugs:
        assert client.post(PROPOSE, typed(cast, title=title)).url == reverse("registry:use_case_detail", args=[slug])


def test_every_question_has_to_be_answered(cast: Cast) -> None:
    for field in typed(cast):
        answer = signed_in(cast.author).post(PROPOSE, typed(cast, **{field: ""}))
        assert answer.status_code == 422, field
        assert list(answer.context["form"].errors) == [field]
    assert not UseCase.objects.exists()


def test_who_may_not_propose_is_refused(cast: Cast) -> None:
    for person in (cast.auditor, cast.technical, cast.admin, cast.release):
        client = signed_in(person)
        assert client.get(PROPOSE).status_code == 403, person
        assert client.post(PROPOSE, typed(cast)).status_code == 403, person
        assert PROPOSE not in client.get(LIST).content.decode(), person
    assert not UseCase.objects.exists()


# Deciding


@pytest.mark.parametrize(("verb", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_the_business_decides_with_a_reason(cast: Cast, verb: str, status: str) -> None:
    use_case = builders.build_use_case(cast, approved=False)
    client = signed_in(cast.business)
    assert use_case.problem in client.get(url_of(use_case, verb)).content.decode()
    said = client.post(url_of(use_case, verb), {"reason": "It serves the clinic."}, follow=True)
    use_case.refresh_from_db()
    assert said.redirect_chain == [(url_of(use_case), 302)]
    assert (use_case.status, use_case.decided_by, use_case.decision_reason) == (
        status,
        cast.business,
        "It serves the clinic.",
    )
    assert f"{status.title()} by Business" in said.content.decode()


@pytest.mark.parametrize("verb", VERBS)
def test_a_decision_needs_a_reason(cast: Cast, verb: str) -> None:
    use_case = builders.build_use_case(cast, approved=False)
    answer = signed_in(cast.business).post(url_of(use_case, verb), {"reason": "  "})
    assert answer.status_code == 422
    assert "reason" in answer.context["form"].errors
    use_case.refresh_from_db()
    assert use_case.status == "proposed"


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_decides_about_their_own_proposal(cast: Cast, verb: str) -> None:
    client = signed_in(cast.business)
    client.post(PROPOSE, typed(cast))
    use_case = UseCase.objects.get()
    detail = client.get(url_of(use_case)).content.decode()
    assert "You proposed this use case" in detail
    assert url_of(use_case, verb) not in detail
    assert "You proposed this use case" in client.get(url_of(use_case, verb)).content.decode()
    answer = client.post(url_of(use_case, verb), {"reason": "Mine is good."})
    assert answer.status_code == 422
    assert "You proposed this use case" in answer.content.decode()
    use_case.refresh_from_db()
    assert use_case.status == "proposed"


def test_a_superuser_cannot_approve_their_own_proposal_either(cast: Cast) -> None:
    client = signed_in(cast.superuser)
    client.post(PROPOSE, typed(cast))
    use_case = UseCase.objects.get()
    assert client.post(url_of(use_case, "approve"), {"reason": "I may do all."}).status_code == 422
    use_case.refresh_from_db()
    assert use_case.status == "proposed"


def test_what_is_decided_stays_decided(cast: Cast) -> None:
    use_case = builders.build_use_case(cast)
    client = signed_in(cast.business)
    assert url_of(use_case, "reject") not in client.get(url_of(use_case)).content.decode()
    answer = client.post(url_of(use_case, "reject"), {"reason": "On second thoughts."})
    assert answer.status_code == 422
    assert "This use case is already approved." in answer.content.decode()


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_not_decide_is_refused(cast: Cast, verb: str) -> None:
    use_case = builders.build_use_case(cast, approved=False)
    for person in (cast.colleague, cast.auditor, cast.technical, cast.admin):
        client = signed_in(person)
        assert client.get(url_of(use_case, verb)).status_code == 403, person
        assert client.post(url_of(use_case, verb), {"reason": "Because."}).status_code == 403, person
        assert url_of(use_case, verb) not in client.get(url_of(use_case)).content.decode(), person


# Reading


def test_the_list_shows_what_waits_first_and_filters_by_status(cast: Cast) -> None:
    approved, proposed = builders.build_use_case(cast), builders.build_use_case(cast, approved=False)
    builders.build_model(cast, use_case=approved)
    client = signed_in(cast.auditor)
    assert client.get(LIST).context["lines"] == [(proposed, 0), (approved, 1)]
    assert client.get(LIST, {"status": "approved"}).context["page"].rows == [approved]
    for status in ("rejected", "nonsense"):
        assert "Show all use cases" in client.get(LIST, {"status": status}).content.decode()


def test_an_empty_list_says_the_first_step(cast: Cast) -> None:
    assert "Propose the first use case" in signed_in(cast.author).get(LIST).content.decode()


def test_the_page_lists_the_models_registered_for_it(cast: Cast) -> None:
    use_case = builders.build_use_case(cast)
    client = signed_in(cast.auditor)
    assert "No model is registered for it" in client.get(url_of(use_case)).content.decode()
    model = builders.build_model(cast, use_case=use_case)
    assert model.name in client.get(url_of(use_case)).content.decode()


def test_authors_start_a_model_from_the_use_case(cast: Cast) -> None:
    use_case = builders.build_use_case(cast)
    address = f"{reverse('registry:model_register')}?use_case={use_case.pk}"
    client = signed_in(cast.author)
    assert address in client.get(url_of(use_case)).content.decode()
    assert client.get(address).context["form"]["use_case"].initial == str(use_case.pk)
    assert address not in signed_in(cast.business).get(url_of(use_case)).content.decode()


def test_lists_cost_the_same_for_two_rows_and_for_thirty(cast: Cast) -> None:
    client = signed_in(cast.business)
    use_case = builders.build_use_case(cast, approved=False)
    builders.build_use_case(cast)
    urls = [LIST, url_of(use_case), url_of(use_case, "approve")]
    for _ in range(2):
        builders.build_model(cast, use_case=use_case)
    few = [statements(client, url) for url in urls]
    for _ in range(10):
        builders.build_model(cast, use_case=use_case)
    for _ in range(28):
        builders.build_use_case(cast, approved=False)
    assert few == [statements(client, url) for url in urls]
    assert max(few) <= BUDGET
    next_url = client.get(LIST).context["page"].next_url
    assert len(client.get(LIST + next_url).context["page"].rows) == 5


def test_strangers_and_visitors_see_no_use_case(cast: Cast) -> None:
    use_case = builders.build_use_case(cast, approved=False)
    for url in (LIST, PROPOSE, url_of(use_case), url_of(use_case, "approve")):
        assert signed_in(cast.stranger).get(url).status_code == 403
        assert Client().get(url).status_code == 302


def test_a_sponsor_has_to_be_a_member(cast: Cast) -> None:
    people.create_person(username="gone", name="Gone", by=Person.objects.system())
    form = signed_in(cast.author).get(PROPOSE).context["form"]
    assert cast.business in form.fields["sponsor"].queryset
    assert not form.fields["sponsor"].queryset.filter(username__in=["gone", "stranger", "pipeline"]).exists()
