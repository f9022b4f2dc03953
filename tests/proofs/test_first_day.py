"""The first day: from a portal where nobody is to a low-risk version that the gate lets into staging."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from approvals import facts, gates
from registry.models import ModelVersion
from registry.questionnaires import FIRST
from tests import builders
from tests.browser.test_main_job import write_card
from tests.browser.visitors import PASSWORD, Reception, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MODEL = "form-digit-reader"
VERSION = f"/models/{MODEL}/versions/1/"
TRAINED_ON, TESTED_ON = f"{1:064x}", f"{2:064x}"


def first_admin() -> str:
    """Runs the command and returns the link that it prints."""
    said = io.StringIO()
    call_command("first_admin", "lena", name="Lena Fischer", stdout=said)
    return said.getvalue().split()[-1]


def path_of(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def come_in(reception: Reception, link: str, username: str) -> Visitor:
    """Opens the one-time link, sets a password and signs in as the page says."""
    visitor = reception.let_in()
    visitor.open(path_of(link))
    visitor.sees(f"your user name, {username},")
    visitor.write("Password", PASSWORD)
    visitor.write("The same again", PASSWORD)
    visitor.press("Set password")
    visitor.follow("Sign in")
    visitor.write("User name", username)
    visitor.write("Password", PASSWORD)
    visitor.press("Sign in")
    visitor.sees("My work")
    return visitor


def add_person(admin: Visitor, name: str, role: str, new_team: str = "") -> str:
    """Adds somebody and returns the link that is shown once."""
    admin.write("Name", name)
    admin.write("User name", name.split()[0].lower())
    if new_team:
        admin.write("Or a new team", new_team)
    admin.page.get_by_label(role).check()
    admin.press("Add person")
    admin.sees("This link is shown once")
    expect(admin.page.get_by_role("button", name="Copy link")).to_be_visible()
    return admin.page.get_by_label("One-time link", exact=True).inner_text().strip()


def register_model(author: Visitor) -> None:
    author.follow("Register a model")
    author.write("Name", MODEL, within="The model")
    author.write("Purpose", "Reads handwritten digits on paper forms.")
    author.choose("Task", "Classification")
    for question in FIRST:
        author.answer(question.text, question.answer(builders.NO_RISK[question.id]).label)
    author.write("Use case in one line", "Saves typing of paper forms.")
    author.press("Register model")


def register_version(author: Visitor) -> None:
    author.follow("Register the first version")
    author.attach("Model file", "model.skops", b"the trained model")
    author.write("Repository", "https://git.example.org/clinical-ml/models")
    author.write("Commit", "8f31c0a")
    author.write("Name", "forms-2026", within="Training data")
    author.write("SHA-256 digest", TRAINED_ON, within="Training data")
    author.write("Hyperparameters", '{"max_depth": 6}')
    author.write("Training run", "run-8f31c0")
    author.press("Register version")


def attach_evaluation(author: Visitor) -> None:
    """The form is begun with the purpose and the metric that staging asks for."""
    author.follow("Attach evaluation")
    author.write("Name", "holdout", within="Dataset")
    author.write("SHA-256", TESTED_ON, within="Dataset")
    author.write("Value in row 1", "0.95")
    author.press("Attach the evaluation")
    author.sees("holdout")


def ask_for_review(author: Visitor) -> None:
    author.open(VERSION)
    author.follow("Ask for review")
    author.sees("Jonas Lind")
    author.press("Submit for review")
    author.sees("Waits for Jonas Lind")


def approve(reviewer: Visitor) -> None:
    reviewer.follow("Review: Technical review")
    reviewer.follow("Who may decide, and why")
    reviewer.sees("The technical stage is open: Jonas Lind decides.")
    reviewer.follow("Open review")
    reviewer.follow("Approve")
    reviewer.write("Rationale", "The evidence holds.")
    reviewer.press("Approve")
    reviewer.sees("Approved")


def test_the_first_day_ends_with_a_version_that_may_go_to_staging(reception: Reception) -> None:
    visitor = reception.let_in()
    visitor.open("/")
    visitor.sees("Nobody is here yet")
    visitor.sees("manage.py first_admin USERNAME")

    admin = come_in(reception, first_admin(), "lena")
    admin.sees("1 of 3 done")
    admin.follow("Add a person")
    ada = add_person(admin, "Ada Okafor", "Data scientist", new_team="Clinical ML")
    admin.follow("Add another person")
    jonas = add_person(admin, "Jonas Lind", "Technical reviewer")
    admin.go_to("My work")
    admin.sees("2 of 3 done")

    author = come_in(reception, ada, "ada")
    register_model(author)
    register_version(author)
    attach_evaluation(author)
    author.tab("Overview")
    author.sees("Next: write the missing sections of the model card.")
    write_card(author)
    ask_for_review(author)
    approve(come_in(reception, jonas, "jonas"))

    author.open(VERSION)
    author.sees("staging is open")
    author.go_to("My work")
    expect(author.page.get_by_role("region", name="First steps")).to_have_count(0)
    assert gates.ask(facts.of(ModelVersion.objects.get()), "staging").allowed
