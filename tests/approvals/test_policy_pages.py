"""The pages of policies: reading what a tier asks, writing a draft, seeing what it would do, and publishing it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from approvals import forecasting, terms
from approvals.actions import policies as actions
from approvals.facts import StageFact, person_named
from approvals.facts.loading import policy_fact
from approvals.models import Policy, PolicyDraft, Stage
from approvals.tasks import compute_waiting_forecasts
from registry.actions import people
from registry.models import Part
from tests import builders, policies
from tests.builders import Cast
from tests.registry.pages import signed_in
from tests.statements import statements

pytestmark = pytest.mark.django_db

BUDGET = 14


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


def at(name: str, draft: PolicyDraft) -> str:
    return reverse(f"approvals:policy_{name}", args=[draft.pk])


def seen_of(draft: PolicyDraft) -> dict[str, str]:
    return {"seen": policies.seen(PolicyDraft.objects.get(pk=draft.pk))}


def test_every_member_reads_what_each_tier_asks(cast: Cast) -> None:
    reader = signed_in(cast.author)
    listed = said(reader.get(reverse("approvals:policy_list")))
    for tier in ("Low risk", "Medium risk", "High risk"):
        assert tier in listed
    page = said(reader.get(reverse("approvals:policy_detail", args=["medium"])))
    for words in ("Does it serve its use case?", "after technical", "at least 0.8", "every 180 days"):
        assert words in page
    assert "Change this policy" not in page
    assert reader.get(reverse("approvals:policy_detail", args=["medium"]), {"revision": "2"}).status_code == 404
    assert reader.get(reverse("approvals:policy_detail", args=["nowhere"])).status_code == 404


def test_a_change_goes_from_the_draft_of_one_to_the_publication_by_another(cast: Cast) -> None:
    admin, second = signed_in(cast.admin), signed_in(cast.compliance)
    admin.post(reverse("approvals:policy_draft", args=["medium"]))
    draft = PolicyDraft.objects.get()
    form = admin.get(at("revise", draft))
    assert form.status_code == 200

    answer = admin.post(
        at("revise", draft),
        policies.body_of(draft, reason="The supervisor asks.", **{"thresholds-0-limit": "0.85"}),
        follow=True,
    )
    shown = said(answer)
    for words in ("The draft is saved", "at least 0.85", "at least 0.8", "The supervisor asks."):
        assert words in shown
    assert compute_waiting_forecasts() == 1
    assert "nothing changes" in said(admin.get(at("draft_detail", draft)))

    assert "can publish it" in said(admin.post(at("propose", draft), seen_of(draft), follow=True))
    assert "You wrote in this draft" in said(admin.get(at("draft_detail", draft)))
    published = said(second.post(at("publish", draft), seen_of(draft) | {"reason": "As asked."}, follow=True))
    assert "It became revision 2" in published
    page = said(second.get(reverse("approvals:policy_detail", args=["medium"])))
    assert "at least 0.85" in page
    assert "The supervisor asks." in page
    older = said(second.get(reverse("approvals:policy_detail", args=["medium"]), {"revision": 1}))
    assert "No longer in force" in older


def test_what_is_handed_back_is_a_draft_again(cast: Cast) -> None:
    draft = policies.proposed(cast)
    page = said(
        signed_in(cast.compliance).post(at("hand_back", draft), seen_of(draft) | {"reason": "Why?"}, follow=True)
    )
    assert "It is a draft again" in page
    assert "Edit the draft" in said(signed_in(cast.admin).get(at("draft_detail", draft)))


def test_a_form_of_which_nothing_is_changed_changes_nothing(cast: Cast) -> None:
    draft = policies.begun(cast, "high")
    signed_in(cast.admin).post(at("revise", draft), policies.body_of(draft))
    draft.refresh_from_db()
    kept = terms.of_plain(draft.terms)
    assert terms.differences(policy_fact(Policy.objects.current().get(tier__slug="high")), kept) == []


def test_a_row_that_is_emptied_is_taken_out_and_one_that_is_filled_is_put_in(cast: Cast) -> None:
    draft = policies.begun(cast, "medium")
    new = {"metric": "Recall", "limit": "0.6", "bound": "at_least", "task": "classification", "group": "sex"}
    rows = {f"thresholds-{PLACE}-{name}": value for name, value in new.items()}
    body = policies.body_of(draft, **{"thresholds-0-metric": "", "thresholds-0-limit": ""}, **rows)
    answer = signed_in(cast.admin).post(at("revise", draft), body | {f"thresholds-{PLACE}-purposes": ["staging"]})
    assert answer.status_code == 302
    draft.refresh_from_db()
    before = policy_fact(draft.based_on)
    changed = terms.differences(before, terms.of_plain(draft.terms))
    assert ("Recall gap by sex of classification on staging data", "not asked", "at least 0.6") in [
        (each.what, each.before, each.after) for each in changed
    ]
    assert [each.after for each in changed if each.before != "not asked"] == ["not asked", "not asked"]


PLACE = 6  # the first empty row of the seeded policy of medium risk


def with_threshold(cast: Cast, draft: PolicyDraft, metric: str, **further: str) -> Any:
    """What a browser gets that wrote one more threshold into the draft."""
    new = {"metric": metric, "limit": "0.6", "bound": "at_least", "task": "classification", "group": ""} | further
    rows = {f"thresholds-{PLACE}-{name}": value for name, value in new.items()}
    body = policies.body_of(draft, **rows) | {f"thresholds-{PLACE}-purposes": ["staging"]}
    return signed_in(cast.admin).post(at("revise", draft), body)


@pytest.mark.parametrize(
    ("typed", "guess"),
    [("Acuracy", "Did you mean Accuracy?"), ("roc auk", "Did you mean ROC AUC?"), ("toxicity", "yet. If it is a new")],
)
def test_a_figure_that_nobody_has_measured_is_refused_at_its_field(cast: Cast, typed: str, guess: str) -> None:
    draft = policies.begun(cast)
    answer = with_threshold(cast, draft, typed)
    assert answer.status_code == 422
    errors = answer.context["forms"].thresholds.forms[PLACE].errors["metric"].as_data()
    assert [error.code for error in errors] == ["metric-unmeasured"]
    assert guess in said(answer)
    assert f'name="thresholds-{PLACE}-is_new"' in said(answer)
    assert PolicyDraft.objects.get().authors == []


def test_a_new_figure_is_kept_once_somebody_says_that_it_is_new(cast: Cast) -> None:
    draft = policies.begun(cast)
    assert with_threshold(cast, draft, "Toxicity", is_new="on").status_code == 302
    draft.refresh_from_db()
    assert "toxicity" in {each.metric for each in terms.of_plain(draft.terms).thresholds}
    again = signed_in(cast.admin).post(at("revise", draft), policies.body_of(draft))
    assert again.status_code == 302
    assert "is_new" not in said(signed_in(cast.admin).get(at("revise", draft)))


def test_a_figure_that_somebody_has_measured_needs_no_name_of_ours(cast: Cast) -> None:
    builders.attach_evaluation(cast, builders.build_version(cast), figures={"time_to_answer": "0.2"})
    draft = policies.begun(cast)
    assert "Did you mean time_to_answer?" in said(with_threshold(cast, draft, "time to anwser"))
    assert with_threshold(cast, draft, "Time to answer").status_code == 302


def test_more_rows_keep_what_was_typed_and_save_nothing(cast: Cast) -> None:
    draft = policies.begun(cast)
    body = policies.body_of(draft, reason="Half a thought", more_rows="1")
    answer = signed_in(cast.admin).post(at("revise", draft), body)
    assert answer.status_code == 200
    assert "Half a thought" in said(answer)
    assert len(answer.context["forms"].thresholds.forms) == PLACE + 6
    assert PolicyDraft.objects.get().reason == ""


def test_how_far_a_dry_run_is_stands_there_and_the_page_looks_again(cast: Cast) -> None:
    draft = policies.written(cast)
    forecast = forecasting.ask(draft)
    forecast.total, forecast.done = 400, 200
    forecast.save()
    reader = signed_in(cast.admin)
    answer = reader.get(at("draft_detail", draft))
    assert "200 of 400 versions looked at" in said(answer)
    assert answer["Refresh"] == "2"
    compute_waiting_forecasts()
    assert "Refresh" not in reader.get(at("draft_detail", draft))


def test_a_dry_run_of_what_was_there_before_says_so(cast: Cast) -> None:
    draft = policies.written(cast)
    forecasting.ask(draft)
    compute_waiting_forecasts()
    seen = draft.changed_at.isoformat()
    wanted = policies.wanted(draft, review_cadence_days=7)
    actions.revise(draft=draft, wanted=wanted, reason="Weekly.", seen=seen, by=cast.admin)
    assert "has been written since" in said(signed_in(cast.admin).get(at("draft_detail", draft)))


def test_where_nobody_else_may_publish_the_page_says_whom_to_make_it(cast: Cast) -> None:
    draft = policies.written(cast)
    people.revoke_role(person=cast.compliance, role="compliance-reviewer", decides="compliance", by=cast.admin)
    people.deactivate(person=cast.superuser, reason="Left.", by=cast.admin)
    page = said(signed_in(cast.admin).get(at("draft_detail", draft)))
    assert "Nobody else holds the right to publish it" in page


def test_it_says_who_can_publish_and_who_cannot_yet(cast: Cast) -> None:
    """Whom an author made publisher alone, and whom the draft names to decide, are none who can."""
    draft = policies.written(cast, stages=naming_compliance(cast))
    page = said(signed_in(cast.admin).get(at("draft_detail", draft)))
    assert "It can be published by Superuser." in page
    people.deactivate(person=cast.superuser, reason="Left.", by=cast.admin)
    late = builders.build_person("late", "")
    people.grant_role(person=late, role="admin", by=cast.admin)
    words = "Late’s role was given by {} alone; it counts once another administrator has confirmed it."
    page = said(signed_in(cast.admin).get(at("draft_detail", draft)))
    assert words.format("you") in page
    assert "Nobody can publish this yet." in page
    assert words.format("Admin") in said(signed_in(cast.author).get(at("draft_detail", draft)))
    answer = said(signed_in(cast.admin).post(at("propose", draft), seen_of(draft), follow=True))
    assert f"Proposed. Nobody can publish it yet: {words.format('you')}" in answer
    people.confirm_role(person=late, role="admin", by=builders.build_person("second-admin", "admin"))
    page = said(signed_in(cast.admin).get(at("draft_detail", draft)))
    assert "It can be published by Late, Second-Admin." in page


def naming_compliance(cast: Cast) -> tuple[StageFact, ...]:
    named = (("", person_named(cast.compliance.pk)),)
    own = StageFact(Stage("legal"), 2, (Part.CARD,), question="Is it lawful?", right=Stage.COMPLIANCE, deciders=named)
    return (*policies.terms_of("medium").stages, own)


@pytest.mark.parametrize("who", ["admin", "compliance", "author"])
def test_pages_cost_the_same_however_much_changes(cast: Cast, who: str) -> None:
    reader: Client = signed_in(getattr(cast, who))
    draft = policies.written(cast, "low", thresholds=())
    people.grant_role(person=builders.build_person("late", ""), role="admin", by=cast.admin)
    few = [statements(reader, url) for url in urls_of(draft)]
    for _ in range(12):
        builders.ask_for_review(cast, builders.ready_version(cast, "low"))
    forecasting.ask(draft)
    compute_waiting_forecasts()
    many = [statements(reader, url) for url in urls_of(draft)]
    assert max(many) <= BUDGET
    assert all(later - earlier <= 3 for earlier, later in zip(few, many, strict=True))


def urls_of(draft: PolicyDraft) -> list[str]:
    return [
        reverse("approvals:policy_list"),
        reverse("approvals:policy_detail", args=[draft.tier.slug]),
        at("draft_detail", draft),
    ]
