"""The questions that Gatehouse comes with: the first revision, and those that were asked before there was one.

In our own words. What they follow is Regulation (EU) 2024/1689, the AI Act: Article 5 says what may not be done at
all, Article 6 with Annexes I and III what is high-risk, Article 50 where people have to be told. The other questions
are those of any inventory of models: whom a result touches, what a wrong one costs, which data it reads (special
categories are those of Article 9 of the GDPR), who acts on it, and how often. They are a start and no legal advice:
administrators publish their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.rules import risk
from registry.rules.risk import PROHIBITED, Choice, Given, Question

if TYPE_CHECKING:
    from registry.models import RiskAssessment

MEDIUM, HIGH = "medium", "high"

#: Article 5(1), points (a) to (h), each as somebody who builds models would say it.
PRACTICES = Question(
    "practice",
    "Does it do something that the EU AI Act prohibits?",
    "Choose the first that applies. Such a system is not approved, whatever else is true of it (Article 5).",
    (
        Choice("none", "Nothing of this"),
        Choice("manipulates", "It steers people without their knowing, so that they harm themselves", PROHIBITED),
        Choice("exploits", "It takes advantage of age, disability or hardship to harm people", PROHIBITED),
        Choice("social_score", "It scores people by how they live, to treat them worse elsewhere", PROHIBITED),
        Choice("predicts_crime", "It predicts from a profile alone that somebody will commit a crime", PROHIBITED),
        Choice("scrapes_faces", "It collects faces from the internet or cameras to recognise people", PROHIBITED),
        Choice("reads_emotions", "It reads emotions at work or in education, other than for safety", PROHIBITED),
        Choice("sorts_by_body", "It infers belief, origin or sexuality from faces or bodies", PROHIBITED),
        Choice("identifies_live", "It identifies people in public places as they pass, for the police", PROHIBITED),
    ),
)

#: Annex III, points 1 to 8, and Annex I; `preparatory` is Article 6(3).
AREA = Question(
    "area",
    "Is it used in an area that the EU AI Act calls high-risk?",
    "Annex III names the areas. Choose the one that comes closest.",
    (
        Choice("none", "In none of them"),
        Choice("preparatory", "In one, for a narrow task beside the decision, without profiling anybody", MEDIUM),
        Choice("biometrics", "Recognising or sorting people by their bodies", HIGH),
        Choice("infrastructure", "Traffic, water, gas, heat, power or digital networks", HIGH),
        Choice("education", "Who is admitted, graded or watched in education", HIGH),
        Choice("employment", "Who is hired, promoted, dismissed, or given which work", HIGH),
        Choice("services", "Credit, insurance of life and health, benefits, or emergency calls", HIGH),
        Choice("law", "Police and prosecution", HIGH),
        Choice("migration", "Asylum, visas and borders", HIGH),
        Choice("justice", "Courts and elections", HIGH),
        Choice("product", "The safety of a product, such as a device, a vehicle or a machine", HIGH),
    ),
)

#: Article 50: people know that they talk with a machine, what it made, and that it reads them.
MEETS_PEOPLE = Question(
    "meets_people",
    "Do people meet it, or what it makes, without a person between them?",
    "They have to be told then (Article 50).",
    (
        Choice("no", "No"),
        Choice("talks", "It talks with people", MEDIUM),
        Choice("generates", "It makes text, images, sound or film that people get to see", MEDIUM),
        Choice("reads_people", "It recognises feelings, or sorts people by their bodies", HIGH),
    ),
)

CUSTOMERS = Question(
    "customers",
    "Do customers feel what it says?",
    "Customers are whoever the organisation is there for: clients, patients, citizens.",
    (
        Choice("no", "No, it serves work inside the organisation"),
        Choice("indirectly", "In the end, through what others do with it"),
        Choice("directly", "Yes, what they are offered or told depends on it", MEDIUM),
    ),
)

DECISIONS = Question(
    "decisions",
    "Does its result decide, or help to decide, about single people?",
    "Such as who is invited, paid, released, hired or watched.",
    (
        Choice("no", "No"),
        Choice("minor", "Yes, about something they can easily do without", MEDIUM),
        Choice("weighty", "Yes, about their health, money, freedom or rights", HIGH),
    ),
)

HARM = Question(
    "harm",
    "What can a wrong result cost somebody?",
    "Think of the person it is about, and of a mistake that nobody notices at first.",
    (
        Choice("nothing", "Nothing but time"),
        Choice("money", "Money that can be paid back", MEDIUM),
        Choice("serious", "Health, a living, or a right", HIGH),
    ),
)

DATA = Question(
    "data",
    "What is the most sensitive data it reads?",
    "In training or in use, whichever is the more sensitive. Special categories are health, genes, biometrics, origin, "
    "belief, politics, unions and sexuality.",
    (
        Choice("public", "Public data"),
        Choice("internal", "Data of the organisation about no person"),
        Choice("personal", "Data about people who can be identified", MEDIUM),
        Choice("special", "Special categories of personal data", HIGH),
    ),
)

AUTONOMY = Question(
    "autonomy",
    "Who acts on its result?",
    "Somebody who only ever agrees does not review.",
    (
        Choice("advises", "A person, for whom it is one piece of advice among others"),
        Choice("reviewed", "A person looks at each result before it takes effect"),
        Choice("alone", "It acts before anybody has looked", MEDIUM),
    ),
)

SCALE = Question(
    "scale",
    "How many people does it touch in a year?",
    "An estimate will do.",
    (
        Choice("few", "Fewer than a thousand"),
        Choice("many", "Up to a hundred thousand"),
        Choice("most", "More than that", MEDIUM),
    ),
)

FIRST = (PRACTICES, AREA, MEETS_PEOPLE, CUSTOMERS, DECISIONS, HARM, DATA, AUTONOMY, SCALE)


def _yes_or_no(name: str, text: str, help_text: str) -> Question:
    return Question(name, text, help_text, (Choice("no", "No"), Choice("yes", "Yes", MEDIUM)))


#: Revision 0. What came of it was more than its answers one by one: harm together with people, or with nobody who
#: looks, was high risk. So those assessments keep the tier and the explanation that were written then.
BEFORE = (
    _yes_or_no(
        "decides_about_people",
        "Does its result decide, or help to decide, about individual people?",
        "Such as who is invited, paid, released, hired or watched.",
    ),
    _yes_or_no(
        "affects_health_money_or_rights",
        "Can a wrong result harm somebody’s health, money or rights?",
        "Answer yes when a mistake would matter to the person it is about.",
    ),
    _yes_or_no(
        "uses_personal_data",
        "Does it read data about people who can be identified?",
        "Names, numbers, or enough details to find out who it is.",
    ),
    _yes_or_no(
        "acts_without_review",
        "Does anything happen before a person has looked at the result?",
        "Answer no when somebody checks each result first.",
    ),
)
NAMES_BEFORE = tuple(question.id for question in BEFORE)


def asked_of(assessment: RiskAssessment) -> tuple[Question, ...]:
    """What it answers."""
    return risk.read(assessment.questionnaire.questions) if assessment.questionnaire else BEFORE


def answers_in(assessment: RiskAssessment) -> dict[str, str]:
    """The id of each answer, by its question's."""
    if assessment.questionnaire_id:
        return assessment.answers
    return {name: "yes" if getattr(assessment, name) else "no" for name in NAMES_BEFORE}


def answers_of(assessment: RiskAssessment | None) -> list[Given]:
    """Each question with its answer, those that weigh first; none without an assessment."""
    return risk.answers_given(asked_of(assessment), answers_in(assessment)) if assessment else []
