"""The house style: what templates are given, and what the templates and stylesheets themselves must keep to."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.safestring import mark_safe

from governance.looks import components, digests, marks, meters, numbers, persons, times
from governance.looks import forms as form_looks

ROOT = Path(marks.__file__).parents[2]
SHA = "9f2c41ab3de0517788a1c4e2f60b9d3377aa12cc45de67f08192a3b4c5d67e10"


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[("approve", "Approve"), ("reject", "Reject")], widget=forms.RadioSelect)
    reason = forms.CharField(help_text="Stored with the decision.")


def test_what_people_wrote_is_escaped():
    hostile = '<b onclick="x">'
    for markup in (
        marks.chip("ok", hostile),
        marks.tag(hostile),
        persons.person(hostile, role=hostile),
        marks.tier(hostile),
    ):
        assert "<b " not in markup
        assert "&lt;" in markup


def test_a_seal_has_one_stroke_a_byte_and_shows_a_swapped_byte():
    assert digests.seal(SHA).count("M") == 32
    assert digests.seal(SHA) == digests.seal(f"sha256:{SHA}")
    assert digests.seal(SHA) != digests.seal("8" + SHA[1:])
    assert digests.seal("4be19d2") == ""


def test_a_digest_keeps_both_ends_and_the_whole_in_its_title():
    markup = digests.digest(SHA)
    assert "sha256:9f2c41ab…7e10</code>" in markup
    assert f'title="sha256:{SHA}"' in markup
    assert digests.short_digest("4be19d2") == "4be19d2"


def test_times_name_the_weekday_within_a_month_and_the_year_after_it():
    now = timezone.now()
    assert f"{timezone.localtime(now):%a}" in times.when(now)
    assert "7 May 2020 12:31" in times.when(timezone.make_aware(datetime(2020, 5, 7, 12, 31)))
    assert "7 May 2020 12:31:07 UTC" in times.exact(timezone.make_aware(datetime(2020, 5, 7, 12, 31, 7)))
    assert times.when(None) == "" == times.day(None) == times.exact(None)
    assert times.age(timedelta(days=2, hours=19)) == "2 d 19 h"
    assert times.age(timedelta(seconds=20)) == "under a minute"


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        ("-3.30", None, "−3.3"),
        ("0.5", 3, "0.500"),
        ("1E-7", None, "0.0000001"),
        ("48213", None, "48\u00a0213"),
        ("100", None, "100"),
        (None, None, ""),
        ("NaN", None, "NaN"),
    ],
)
def test_figures(value, places, written):
    assert numbers.figure(value, places) == written


def test_counted_and_sizes():
    assert numbers.counted(1, "reason") == "1 reason"
    assert numbers.counted(2, "entry,entries") == "2 entries"
    assert numbers.filesize_si(41_234_567) == "41.2\u00a0MB"
    assert numbers.filesize_si(12) == "12\u00a0B"


def test_misses_come_first_and_keep_their_order():
    items = [SimpleNamespace(state=state, n=n) for n, state in enumerate(["met", "waiting", "unmet", "met", "unmet"])]
    assert [item.n for item in meters.misses_first(items)] == [2, 4, 1, 0, 3]
    assert meters.met_count(items) == 2
    assert 'aria-label="2 not met, 1 waiting, 2 met"' in meters.progress_bar(items)


def test_what_is_open_counts_neither_as_met_nor_as_missed():
    items = [SimpleNamespace(state=state) for state in ("met", "open", "blocked", "met")]
    assert [item.state for item in meters.misses_first(items)] == ["blocked", "open", "met", "met"]
    assert (meters.met_count(items), meters.open_count(items)) == (2, 1)
    assert 'aria-label="1 blocked, 1 open, 2 met"' in meters.progress_bar(items)
    drawn = meters.meter(2, 4, 1)
    assert "2 of 4, 1 open" in drawn
    assert [drawn.count(f"seg--{state}") for state in ("met", "open", "blocked")] == [2, 1, 1]
    assert "open" not in meters.meter(2, 4)


def test_tables_say_their_roles():
    rows = mark_safe('<tr class="a"><th scope="row">x</th><td>y</td></tr><tr><th scope="col">z</th></tr>')
    markup = components.table_roles(rows)
    assert '<tr role="row" class="a">' in markup
    assert '<th role="rowheader" scope="row">' in markup
    assert '<td role="cell">' in markup
    assert '<th role="columnheader" scope="col">' in markup
    assert "<td" not in components.table_roles("<td>not written by us</td>")


def test_reasons_keep_remedy_and_place():
    refusal = ValidationError("Nobody decided.", code="approval.missing", params={"remedy": "Ask.", "url": "/ask"})
    reason, finding, words = form_looks.as_reasons(
        [refusal, {"message": "m", "remedy": "r", "url": "u", "code": "c"}, "w"]
    )
    assert reason == form_looks.Reason("Nobody decided.", "Ask.", "/ask", "approval.missing")
    assert finding == form_looks.Reason("m", "r", "u", "c")
    assert words == form_looks.Reason("w")
    assert form_looks.as_reasons(ValidationError({"name": ["taken"]})) == [form_looks.Reason("taken")]
    assert [each.stop for each in (reason, finding, words)] == ["", ".", ""]


def test_problems_of_a_form_lead_to_its_fields():
    form = DecisionForm({})
    form.add_error(None, ValidationError("Not now.", code="state"))
    assert [problem.url for problem in form_looks.problems_of(form)] == ["", "#id_decision_0", "#id_reason"]
    assert form_looks.problems_of(DecisionForm()) == []


def test_a_control_names_its_hint_and_error():
    markup = form_looks.control(DecisionForm({})["reason"])
    assert 'aria-describedby="id_reason-hint id_reason-error"' in markup
    assert 'class="input"' in markup


def test_a_refused_choice_is_disabled_and_says_why():
    approve, reject = form_looks.options_of(
        DecisionForm()["decision"], refused={"approve": "A threshold is missed"}, reveals="reject"
    )
    assert " disabled" in approve.control
    assert approve.refusal == "A threshold is missed"
    assert " data-reveals" in reject.control
    assert " disabled" not in reject.control


def test_templates_carry_no_inline_style_or_script():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=\"", text), path


def test_every_icon_that_is_named_is_drawn():
    drawn = set(re.findall(r'id="i-([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    named = {look.icon for look in marks.REQUIREMENTS.values()} | {look.mark for look in marks.REQUIREMENTS.values()}
    named |= set(marks.STATE_ICONS.values()) | set(marks.NOTICE_ICONS.values()) | set(marks.VERDICT_ICONS.values())
    named |= (
        {name for name, _ in marks.REVIEW_STAGE_MARKS.values()}
        | {f"tier-{slug}" for slug in marks.TIERS}
        | set(marks.STAGES)
    )
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        named |= set(re.findall(r'{% icon "([\w-]+)"', text)) | set(re.findall(r'\sicon="([\w-]+)"', text))
    assert named <= drawn, named - drawn


def test_both_dark_blocks_of_the_tokens_are_equal():
    text = (ROOT / "static/css/tokens.css").read_text()
    follows, chosen = re.findall(
        r'(?:not\(\[data-theme="light"\]\)|:root\[data-theme="dark"\]) \{(.*?color-scheme: dark;.*?)\}', text, re.S
    )
    assert follows.split() == chosen.split()


def test_every_stylesheet_is_imported():
    css = ROOT / "static/css"
    imported = set(re.findall(r'@import url\("([^"]+)"\)', (css / "gatehouse.css").read_text()))
    assert imported == {str(path.relative_to(css)) for path in css.rglob("*.css")} - {"gatehouse.css"}


class AskingForm(forms.Form):
    name = forms.CharField()
    tier = forms.ChoiceField(choices=[("low", "Low")])
    roles = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)
    sure = forms.BooleanField()
    file = forms.FileField()
    answer = forms.CharField(error_messages={"required": "Answer yes or no."})


def test_a_field_left_empty_says_what_to_do() -> None:
    form = AskingForm({})
    said = {field.name: form_looks.errors_of(field) for field in form}
    assert said == {
        "name": ["Fill this in."],
        "tier": ["Choose one."],
        "roles": ["Choose one."],
        "sure": ["Tick this to go on."],
        "file": ["Choose a file."],
        "answer": ["Answer yes or no."],
    }
    assert [reason.message for reason in form_looks.problems_of(form)][:2] == [
        "Name: Fill this in.",
        "Tier: Choose one.",
    ]


def test_a_day_within_a_sentence_is_exact_on_hover_and_what_people_wrote_is_escaped() -> None:
    said = times.dated("Worked on 24 Nov 2026; the <b>next</b> on 3 Jan 2027.")
    assert said == (
        'Worked on <time datetime="2026-11-24" title="2026-11-24">24 Nov 2026</time>; the &lt;b&gt;next&lt;/b&gt; on '
        '<time datetime="2027-01-03" title="2027-01-03">3 Jan 2027</time>.'
    )
    assert times.dated("31 Feb 2026, 24 Novelties 2026") == "31 Feb 2026, 24 Novelties 2026"


@pytest.mark.parametrize(
    ("value", "bound", "shown"),
    [
        (Decimal("0.500000"), None, "0.500"),
        (Decimal("0.418803"), Decimal("0.3"), '<data value="0.418803" title="0.418803">0.419</data>'),
        (Decimal("-1234.5678"), None, '<data value="-1234.5678" title="−1\u00a0234.5678">−1\u00a0234.568</data>'),
        (None, None, ""),
    ],
)
def test_a_figure_of_an_evaluation_is_rounded_and_exact_on_hover(
    value: Decimal | None, bound: Decimal | None, shown: str
) -> None:
    assert numbers.measured(value, bound) == shown
