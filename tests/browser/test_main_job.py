"""The main job by clicking, from an idea to a model in production, and what the portal says to those who may not."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from audit import verify
from registry import cards
from registry.models import Person
from registry.questionnaires import FIRST
from tests import builders
from tests.browser.visitors import Reception, Visitor, give_password
from tests.builders import Cast

pytestmark = pytest.mark.browser

MODEL = "visit-planner"
USE_CASE = "Plan follow-up visits"
DIGEST_OF_TRAINING_DATA, DIGEST_OF_HOLDOUT = f"{1:064x}", f"{2:064x}"

IDEA = ["registry.use_case.proposed", "registry.use_case.approved"]
WAY = [
    "registry.model.registered",
    "registry.version.registered",
    "registry.evaluation.attached",
    "registry.evaluation.attached",
    "registry.card.revised",
    "registry.release_plan.revised",
    "approvals.review.opened",
    "approvals.review.submitted",
    "approvals.review.approved",
    "approvals.review.approved",
    "approvals.deployment.recorded",
    "approvals.deployment.recorded",
]
REFUSED = {
    "Technical approval": "Not asked for yet",
    "Model card complete": "0 of 7 sections",
    "Monitoring configured": "Missing: the monitoring page, the alerts, who is on call",
    "Release and rollback documented": "Missing: the release steps, the rollback procedure",
    "Rollback tested": "It was never tried",
    "Ran in staging": "It was never deployed to staging",
}


def evaluation(purpose: str) -> bytes:
    """Figures that keep every seeded threshold."""
    figures = [{"metric": metric, "value": value} for metric, value in builders.GOOD.items()]
    groups = [
        {"metric": "false_positive_rate", "value": value, "group": "sex", "slice": name, "sample_size": 100}
        for name, value in (("female", "0.1"), ("male", "0.12"))
    ]
    dataset = {"name": f"holdout-{purpose}", "sha256": DIGEST_OF_HOLDOUT, "row_count": 2140}
    return json.dumps({"purpose": purpose, "dataset": dataset, "measurements": figures + groups}).encode()


def propose_use_case(author: Visitor, sponsor: Person) -> None:
    author.go_to("Use cases")
    author.follow("Propose the first use case")
    author.write("Title", USE_CASE)
    author.write("Problem", "Visits are planned by hand and come too late.")
    author.write("Business requirement", "Order patients by expected progression.")
    author.write("Acceptance criteria", "Nine of ten urgent patients are seen within four weeks.")
    author.write("Affected people", "Patients of the diabetes clinic.")
    author.choose("Sponsor", sponsor.name)
    author.answer("Does a law or a supervisor set rules for it?", "No")
    author.press("Propose use case")
    author.sees("Waiting for a decision")


def approve_use_case(business: Visitor) -> None:
    business.go_to("Use cases")
    business.follow(USE_CASE)
    business.follow("Approve use case")
    business.write("Reason", "It serves the clinic.")
    business.press("Approve use case")
    business.sees("Approved by Business")


def register_model(author: Visitor) -> None:
    author.go_to("Models")
    author.follow("Register the first model")
    author.write("Name", MODEL, within="The model")
    author.write("Purpose", "Orders patients by how soon they need a visit.")
    author.choose("Task", "Classification")
    for question in FIRST:
        author.answer(question.text, question.answer(builders.ANSWERS["medium"][question.id]).label)
    author.choose("Use case", f"{USE_CASE} (approved)", within="What it is used for")
    author.press("Register model")
    author.sees("Data about people who can be identified")


def register_version(author: Visitor) -> None:
    author.follow("Register the first version")
    author.attach("Model file", "model.skops", b"the trained model")
    author.write("Repository", "https://git.example.org/clinical-ml/visits")
    author.write("Commit", "8f31c0a")
    author.write("Name", "visits-2026", within="Training data")
    author.write("SHA-256 digest", DIGEST_OF_TRAINING_DATA, within="Training data")
    author.write("Hyperparameters", '{"max_depth": 6, "learning_rate": 0.1}')
    author.write("Training run", "run-8f31c0")
    author.press("Register version")
    author.sees("Not cleared for production")


def attach_evaluation(author: Visitor, purpose: str) -> None:
    author.tab("Evaluations")
    author.follow("Upload JSON")
    author.attach("JSON file", f"{purpose}.json", evaluation(purpose))
    author.press("Attach the evaluation")
    author.sees(f"holdout-{purpose}")


def write_card(author: Visitor) -> None:
    author.tab("Card")
    author.follow("Write the card")
    for section in cards.SECTIONS:
        for field in section.fields:
            author.write(field.label, f"This is about {field.label.lower()}.", within=section.title)
    author.press("Save as revision 1")
    author.sees("7 of 7")


def write_release_plan(author: Visitor) -> None:
    author.tab("Release plan")
    author.follow("Write the release plan")
    author.write("Release steps", "Deploy to one clinic, watch a day, deploy to all.")
    author.write("Monitoring", "https://monitoring.example.org/d/1")
    author.write("Alerts", "https://monitoring.example.org/a/1")
    author.write("On call", "clinical-ml on call, +44 20 7946 0000")
    author.write("Rollback procedure", "Point the service at the version before.")
    author.write("Last tested on", str(timezone.localdate() - datetime.timedelta(days=3)))
    author.choose("Result", "It worked")
    author.write("Evidence of the test", "https://ci.example.org/runs/7721")
    author.press("Save as revision 1")
    author.sees("It worked")


def ask_for_review(author: Visitor) -> None:
    author.tab("Overview")
    author.follow("Ask for review")
    author.write("Message to the reviewers", "Ready for a look.")
    author.press("Submit for review")
    author.sees("In review")


def begin_approving(reviewer: Visitor) -> None:
    reviewer.go_to("My work")
    reviewer.follow("Review: ")
    reviewer.follow("Approve")
    reviewer.write("Rationale", "The evidence holds.")


def approve_with_condition(reviewer: Visitor, owner: Person) -> None:
    begin_approving(reviewer)
    reviewer.page.get_by_text("Conditions, if any").click()
    reviewer.write("What must be kept", "Look at false alarms each week.", within="Condition 1")
    reviewer.choose("Owner", owner.name, within="Condition 1")
    reviewer.write("Due", str(timezone.localdate() + datetime.timedelta(days=30)), within="Condition 1")
    reviewer.press("Approve")
    reviewer.sees("Look at false alarms each week.")


def approve(reviewer: Visitor) -> None:
    begin_approving(reviewer)
    reviewer.press("Approve")
    reviewer.sees("Approved")


def record_deployment(release: Visitor, environment: str) -> None:
    release.go_to("Models")
    release.follow(MODEL)
    release.follow("v1")
    release.follow("Record deployment")
    release.sees(f"Cleared for {environment}")
    release.press(f"Record deployment to {environment}")
    release.sees(f"{MODEL} v1 runs in {environment} from now on.")


def test_a_model_goes_from_an_idea_to_production(cast: Cast, reception: Reception) -> None:
    """The author's browser runs no scripts: nothing in the portal depends on them."""

    def sit_down(person: Person, **browser: Any) -> Visitor:
        give_password(person)
        visitor = reception.let_in(**browser)
        visitor.sign_in(person)
        visitor.sees("My work")
        return visitor

    author = sit_down(cast.author, java_script_enabled=False)
    propose_use_case(author, sponsor=cast.business)
    business = sit_down(cast.business)
    approve_use_case(business)

    register_model(author)
    register_version(author)
    attach_evaluation(author, "staging")
    attach_evaluation(author, "production")
    write_card(author)
    write_release_plan(author)
    ask_for_review(author)

    approve_with_condition(sit_down(cast.technical), owner=cast.author)
    approve(business)

    release = sit_down(cast.release)
    record_deployment(release, "staging")
    record_deployment(release, "production")
    release.tab("Overview")
    expect(release.page.get_by_role("heading", name="In production")).to_be_visible()

    assert kinds_in_ledger(release, "use_case") == IDEA
    assert kinds_in_ledger(release, MODEL) == WAY
    assert verify.events_whole().fault is None
    assert verify.rows_as_recorded().fault is None


def kinds_in_ledger(reader: Visitor, about: str) -> list[str]:
    """In the order in which they happened; the ledger shows the newest first."""
    reader.go_to("Ledger")
    reader.write("Model, version, person or event", about)
    reader.press("Filter")
    expect(reader.page.get_by_label("Model, version, person or event")).to_have_value(about)
    return reader.page.locator(".event__kind").all_inner_texts()[::-1]


def test_a_refusal_gives_its_reasons_and_closes_the_button(cast: Cast, reception: Reception) -> None:
    version = builders.build_version(cast)
    release = reception.let_in(cast.release, java_script_enabled=False)
    release.open(f"/models/{version.model.name}/versions/{version.number}/deployments/record/?environment=production")
    release.sees("Not cleared for production")
    for requirement, reason in REFUSED.items():
        heading = release.page.get_by_role("heading", name=requirement)
        expect(release.page.get_by_role("listitem").filter(has=heading)).to_contain_text(reason)
    button = release.page.get_by_role("button", name="Record deployment to production")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(f"Opens when nothing is missing: {len(REFUSED)} reasons left")

    release.page.get_by_label("Reference").press("Enter")
    expect(release.page.get_by_role("alert")).to_contain_text(f"Not recorded: {len(REFUSED)} reasons")
    assert not version.deployments.exists()


def test_signing_in_takes_the_right_password_and_signing_out_ends_it(cast: Cast, reception: Reception) -> None:
    give_password(cast.auditor)
    visitor = reception.let_in()
    visitor.open("/models/")
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()
    visitor.sign_in(cast.auditor, "not the password")
    expect(visitor.page.get_by_role("alert")).to_contain_text("Not signed in: 1 reason")

    visitor.sign_in(cast.auditor)
    visitor.sees("My work")
    visitor.press("Sign out")
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()
    visitor.open("/models/")
    expect(visitor.page.get_by_role("heading", name="Sign in")).to_be_visible()
