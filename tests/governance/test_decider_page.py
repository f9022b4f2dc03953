"""The page “who may decide, and why” of one version."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from approvals.facts import StageFact, person_named, team_named
from approvals.models import Stage
from governance.roles import BY_SLUG
from registry.actions import people
from registry.models import ModelVersion, Part, Person
from tests import builders, policies
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db
MOST = 12


def address(version: ModelVersion) -> str:
    return reverse("governance:decider_list", args=[version.model.name, version.number])


def page_of(client: Client, version: ModelVersion) -> str:
    answer = client.get(address(version))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def stage(page: str, name: str) -> str:
    return page[page.index(f'id="{name}"') :].partition("</section>")[0]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def give(person: Person, role: str, by: Person) -> None:
    people.grant_role(person=person, role=role, decides=BY_SLUG[role].decides, by=by)


def test_each_stage_names_who_may_decide_through_which_role_and_who_gave_it(cast: Cast) -> None:
    version = builders.ready_version(cast, "medium")
    give(cast.colleague, "technical-reviewer", cast.admin)
    builders.ask_for_review(cast, version)
    page = page_of(signed_in(cast.auditor), version)
    technical = words(stage(page, "technical"))
    assert "Is it sound: figures, code and data?" in technical
    assert "Colleague Technical reviewer, given by Admin" in technical
    assert "Technical Technical reviewer, given by Gatehouse" in technical
    assert technical.count("May decide") == 2
    assert "Opens after technical." in words(stage(page, "business"))
    assert 'id="compliance"' not in page


def test_whoever_may_not_is_named_with_the_reason(cast: Cast) -> None:
    give(cast.author, "technical-reviewer", cast.admin)
    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    technical = words(stage(page_of(signed_in(cast.author), version), "technical"))
    assert "Author Asked for its review, registered this version, owns the model and last changed" in technical
    assert "You May not decide" in technical


def test_whom_the_policy_names_and_how_is_said(cast: Cast) -> None:
    member, _ = (builders.build_person(name, "technical-reviewer") for name in ("member", "other"))
    people.join_team(person=member, team=cast.team, by=cast.admin)
    version = builders.ready_version(cast)
    naming(cast, person_named(cast.technical.pk), team_named(cast.team.pk))
    technical = words(stage(page_of(signed_in(cast.auditor), version), "technical"))
    assert "The policy names who decides it; others with the right do not." in technical
    assert re.search(r"Technical Technical reviewer, given by Gatehouse [^;]+; named by the policy", technical)
    assert re.search(r"Member Technical reviewer, given by Gatehouse [^;]+; in a team that the policy names", technical)
    assert re.search(r"Other Is not among those whom the policy names for it\. [^;]+ May not decide$", technical)
    people.leave_team(person=member, team=cast.team, by=cast.admin)
    people.revoke_role(person=cast.technical, role="technical-reviewer", decides="technical", by=cast.admin)
    technical = words(stage(page_of(signed_in(cast.auditor), version), "technical"))
    assert "is not named by the policy, or has a closed account" in technical
    assert "and whom the policy names, or has the policy name others: ask Admin" in technical


def test_where_nobody_is_named_nothing_is_said_of_it(cast: Cast) -> None:
    page = words(page_of(signed_in(cast.auditor), builders.ready_version(cast)))
    assert "policy names" not in page
    assert "named by" not in page


def test_a_stage_that_the_policy_defines_says_who_decides_it(cast: Cast) -> None:
    with_own_stage(cast)
    page = page_of(signed_in(cast.auditor), builders.ready_version(cast))
    own = words(stage(page, "clinical-safety"))
    assert "The policy has it decided by those who decide compliance reviews." in own
    assert "Compliance Compliance reviewer" in own


def naming(cast: Cast, *who: str) -> None:
    technical, *others = policies.terms_of("low").stages
    named = tuple(("", each) for each in who)
    policies.published(cast, "low", stages=(replace(technical, deciders=named), *others))


def with_own_stage(cast: Cast) -> None:
    own = StageFact(
        Stage("clinical-safety"), 2, (Part.CARD,), question="Is it safe for the patients?", right=Stage.COMPLIANCE
    )
    policies.published(cast, "low", stages=(*policies.terms_of("low").stages, own))


def test_the_pages_that_explain_know_the_stages_that_policies_define(cast: Cast) -> None:
    reader = signed_in(cast.author)
    roles, help_page = reverse("governance:role_list"), reverse("governance:help")
    before = statements(reader, roles), statements(reader, help_page)
    assert "clinical safety" not in words(reader.get(roles).content.decode())
    with_own_stage(cast)
    said = words(reader.get(roles).content.decode())
    assert "The clinical safety stage, which a policy defines (Low risk): “Is it safe for the patients?”" in said
    assert "Where a policy names people or teams for a stage, only those of them who hold its role decide it." in said
    said = words(reader.get(help_page).content.decode())
    assert "Clinical safety A stage that a policy defines (Low risk): “Is it safe for the patients?” Whoever" in said
    assert "Whoever may decide compliance reviews decides it." in said
    assert (statements(reader, roles), statements(reader, help_page)) == before


def test_what_a_policy_has_others_decide_stands_with_their_role(cast: Cast) -> None:
    technical, *others = policies.terms_of("low").stages
    policies.published(cast, "low", stages=(replace(technical, right=Stage.BUSINESS), *others))
    said = words(signed_in(cast.author).get(reverse("governance:role_list")).content.decode())
    assert "The technical stage as well, where the policy says so: Low risk" in said


def test_where_nobody_may_an_administrator_gets_links_and_others_get_names(cast: Cast) -> None:
    people.revoke_role(person=cast.technical, role="technical-reviewer", decides="technical", by=cast.admin)
    version = builders.ready_version(cast)
    builders.ask_for_review(cast, version)
    theirs = stage(page_of(signed_in(cast.author), version), "technical")
    assert "Nobody is technical reviewer. An administrator gives that role" in words(theirs)
    assert "ask Admin." in words(theirs)
    assert reverse("governance:person_add") not in theirs
    assert reverse("governance:person_add") in stage(page_of(signed_in(cast.admin), version), "technical")
    give(cast.author, "technical-reviewer", cast.admin)
    assert reverse("governance:person_detail", args=[cast.author.pk]) in page_of(signed_in(cast.admin), version)
    page = words(stage(page_of(signed_in(cast.author), version), "technical"))
    assert "Everybody who is technical reviewer has a part in this version or a closed account." in page


def test_a_business_stage_says_that_approving_waits_for_the_use_case(cast: Cast) -> None:
    model = builders.build_model(cast, "medium", use_case=builders.build_use_case(cast, approved=False))
    version = builders.ready_version(cast, model=model)
    review = builders.ask_for_review(cast, version)
    builders.approve_stage(cast, review, "technical")
    business = stage(page_of(signed_in(cast.business), version), "business")
    assert "Approving also waits for the use case to be approved." in words(business)
    assert reverse("registry:use_case_detail", args=[model.use_case.slug]) in business


def test_the_pages_where_somebody_wonders_lead_here(cast: Cast) -> None:
    ready, asked = builders.ready_version(cast), builders.ready_version(cast)
    review = builders.ask_for_review(cast, asked)
    client = signed_in(cast.author)
    numbered = [ready.model.name, ready.number]
    for page, version in (
        (reverse("approvals:review_open", args=numbered), ready),
        (reverse("governance:version_detail", args=numbered), ready),
        (reverse("approvals:review_detail", args=[review.pk]), asked),
    ):
        assert f'href="{address(version)}"' in client.get(page).content.decode(), page


def test_it_costs_the_same_with_many_people_as_with_few(cast: Cast) -> None:
    version = builders.ready_version(cast, "high")
    builders.ask_for_review(cast, version)
    few = statements(signed_in(cast.author), address(version))
    for number in range(20):
        give(builders.build_person(f"reviewer-{number}", "technical-reviewer"), "compliance-reviewer", cast.admin)
    assert statements(signed_in(cast.author), address(version)) == few
    assert few <= MOST
