"""The style guide: each component in each of its states, shown with made-up things that no table holds."""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.paging import Choice, Heading
from governance.second_factor import SecondFactorAdapter


@dataclass
class Requirement:
    title: str
    state: str
    detail: str
    by: str = ""
    at: datetime | None = None
    step_label: str = ""
    step_url: str = ""
    yours: bool = False


@dataclass
class Stage:
    name: str
    state: str
    detail: str
    step: int


@dataclass
class Named:
    """Anything that a page reads a name, a slug or a number of."""

    name: str
    slug: str = ""
    number: int = 0
    status: str = ""
    artifact_sha256: str = ""
    owner: "Named | None" = None
    tier: "Named | None" = None
    model: "Named | None" = None

    def __str__(self) -> str:
        return self.name


@dataclass
class Condition:
    text: str
    owner: str
    due: date | None
    state: str


class SampleForm(forms.Form):
    name = forms.SlugField(help_text="Part of every address of this model; it cannot be changed later.")
    tier = forms.ChoiceField(choices=[("low", "Low risk"), ("high", "High risk")])
    purpose = forms.CharField(widget=forms.Textarea, required=False)
    artifact = forms.FileField(required=False, help_text="At most 512 MB.")
    regulated = forms.BooleanField(label="This use is regulated")
    groups = forms.MultipleChoiceField(
        choices=[("sex", "Sex"), ("age", "Age")], widget=forms.CheckboxSelectMultiple, required=True
    )
    decision = forms.ChoiceField(
        choices=[
            ("approve", "Approve"),
            ("conditions", "Approve with conditions"),
            ("changes", "Request changes"),
            ("reject", "Reject"),
        ],
        widget=forms.RadioSelect,
        help_text="Stored under your name.",
    )
    condition = forms.CharField(widget=forms.Textarea, required=False, label="What must be kept")
    owner = forms.ChoiceField(choices=[("a", "Ada Okafor")])
    due = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))


COLOURS = ["canvas", "surface", "sunken", "line", "line-strong", "control", "text", "text-2", "text-3"]
COLOURS += ["accent", "ok", "warn", "bad", "info"]
SIZES = [
    ("2xl", "Title of a document"),
    ("xl", "Title of a page"),
    ("lg", "Section of a document"),
    ("base", "Running text"),
    ("md", "Tables, controls, lists"),
    ("sm", "Heads, chips, notes"),
    ("xs", "Keys and labels"),
]
HINTS = {
    "conditions": "Counts as approved; each condition has an owner and a date",
    "changes": "Goes back to Ada Okafor; other approvals stay as long as what they rest on does not change",
    "reject": "Ends this review",
}
ORDER_WORDS = ["Newest first", "Oldest first", "Name, A to Z"]
REFUSED = {"approve": "Not possible: one threshold is missed, so a condition is needed"}
REASONS = [
    {"message": "Rollback was last tested 101 days ago.", "remedy": "Record a drill.", "url": "#g-say"},
    ValidationError("Compliance has not decided.", code="sample", params={"remedy": "Ruth Alvarez has it."}),
]
LONG_NAME = "-".join(["readmission-within-thirty-days-after-discharge"] * 3)[:120]
LONG_PERSON = "Maria-Magdalena Freifrau von Hohenstein-Papadopoulou"
LONG_TEXT = "Estimates for every patient of every ward how likely a return is, and says what it rests on. " * 3
LONG_REASONS = [{"message": LONG_TEXT, "remedy": "Attach an evaluation that keeps them.", "url": "#g-extremes"}] * 3
VERSION = Named(
    "diabetes-progression v7",
    number=7,
    status="staging",
    artifact_sha256="9f2c41ab3de0517788a1c4e2f60b9d3377aa12cc45de67f08192a3b4c5d67e10",
    model=Named("diabetes-progression", owner=Named("Ada Okafor"), tier=Named("High risk", slug="high")),
)
STAGES = [
    Stage("Technical", "done", "Jonas Lind approved, 18 Nov", 1),
    Stage("Data", "conditions", "Ruth Alvarez approved with conditions, 18 Nov", 1),
    Stage("Business", "stale", "Mei Tanaka asked again", 2),
    Stage("Compliance", "now", "You decide, due Tue 17:00", 2),
    Stage("Deployment", "later", "Sam Patel, after both", 3),
]
CHECKS = [
    Requirement("Card complete", "met", "7 of 7 sections"),
    Requirement("Fairness gaps within limits", "unmet", "1 of 2 missed"),
]


def _refused_form() -> SampleForm:
    form = SampleForm({"name": "no good", "decision": "conditions"})
    form.add_error(None, ValidationError("An approved use case is missing.", code="sample"))
    return form


def _road(then: datetime) -> list[Requirement]:
    here = "#g-road"
    return [
        Requirement("Model card complete", "met", "7 of 7 sections", "Ada Okafor", then, "Read card", here),
        Requirement(
            "Fairness gap within limit", "unmet", "6.9, limit 6.0", "E-903", then, "See groups", here, yours=True
        ),
        Requirement("Business approval", "stale", "Card edited since", "Mei Tanaka", then, "Ask again", here),
        Requirement("Compliance approval", "waiting", "Due Tue 17:00", "Ruth Alvarez", then, "Open review", here),
        Requirement("Deployment approval", "blocked", "Opens when the others are current", "Release managers"),
    ]


def _road_done(then: datetime) -> list[Requirement]:
    return [
        Requirement("Artifact stored and digest verified", "met", "41.2 MB", "Gatehouse", then, "See scan", "#g-road"),
        Requirement(
            "Condition of an approval",
            "open",
            "Open, due 25 Jan 2027: watch it.",
            "Ada Okafor",
            None,
            "Open",
            "#g-road",
        ),
        Requirement("Technical approval", "met", "Evidence unchanged since", "Jonas Lind", then),
    ]


def _conditions(today: date) -> list[Condition]:
    return [
        Condition("A nurse confirms each order for patients of 65 and over", "Ada Okafor", today, "open"),
        Condition("Retrain on the new device", "Jonas Lind", today - timedelta(days=90), "overdue"),
        Condition("Name the successor", "Mei Tanaka", None, "met"),
    ]


def _drawn_icons() -> list[str]:
    with open(finders.find("img/icons.svg")) as sprite:  # noqa: PTH123 - finders answers with a string
        return re.findall(r'id="i-([\w-]+)"', sprite.read())


def _qr(text: str) -> str:
    drawn = SecondFactorAdapter().build_totp_svg(text)
    return f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"


def _choices() -> list[Choice]:
    return [Choice(words, "#g-facts", words == ORDER_WORDS[0]) for words in ORDER_WORDS]


@require_safe
def styleguide(request):
    now = timezone.now()
    context = {
        "now": now,
        "long_ago": now - timedelta(days=200, hours=3),
        "road": _road(now - timedelta(days=3)),
        "road_done": _road_done(now - timedelta(days=4)),
        "conditions": _conditions(timezone.localdate()),
        "icons": _drawn_icons(),
        "qr": _qr("https://gatehouse.example.org/"),
        "form": _refused_form(),
        "hints": HINTS,
        "refused": REFUSED,
        "reasons": REASONS,
        "stages": STAGES,
        "checks": CHECKS,
        "tiers": [("low", "Low risk"), ("high", "High risk")],
        "version": VERSION,
        "colours": COLOURS,
        "sizes": SIZES,
        "untouched": SampleForm(prefix="untouched"),
        "long_road": [
            Requirement(LONG_NAME, "unmet", LONG_TEXT, LONG_PERSON, now, "Attach an evaluation", "#g-extremes")
        ],
        "long_stages": [Stage(LONG_NAME, "now", LONG_TEXT, 1), Stage("Compliance", "refused", LONG_PERSON, 1)],
        "long_name": LONG_NAME,
        "long_person": LONG_PERSON,
        "long_text": LONG_TEXT,
        "long_reasons": LONG_REASONS,
        "unbroken": "9f2c41ab3de05177" * 12,
        "many": [f"{LONG_NAME[:90]}-{number}" for number in range(1, 26)],
        "nothing": [],
        "unsaved_view": {"page": "registry:model_list", "query": "tier=high"},
        "saved_view": {"current": {"pk": 1, "name": "High risk"}},
        "sorting": {"said": ORDER_WORDS[0], "choices": _choices()},
        "headings": [Heading("#g-facts", active) for active in ("up", "down", "")],
    }
    return render(request, "governance/styleguide.html", context)
