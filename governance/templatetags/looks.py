"""The house style for templates: icons, states, people, digests, times and numbers. Nothing here reads the database."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import cos, pi, sin
from zlib import crc32

from django import forms, template
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django_cotton.templatetags import Attrs

register = template.Library()

NO_BREAK = "\u00a0"
MONTH = timedelta(days=31)

STATE_ICONS = {"ok": "check", "warn": "alert", "bad": "x", "info": "clock", "quiet": "minus", "stale": "stale"}
NOTICE_ICONS = {
    "ok": "check-circle",
    "warn": "alert",
    "bad": "octagon",
    "info": "info",
    "quiet": "info",
    "stale": "stale",
}
VERDICT_ICONS = NOTICE_ICONS | {"bad": "x-circle", "info": "clock", "quiet": "dashed"}
MESSAGE_STATES = {"success": "ok", "error": "bad", "warning": "warn", "debug": "info"}
TIERS = {"low": "Low risk", "medium": "Medium risk", "high": "High risk"}
STAGES = {"development": "Development", "staging": "Staging", "production": "Production", "retired": "Retired"}


@dataclass(frozen=True)
class RequirementLook:
    """How one state of a requirement is shown; the order of REQUIREMENTS is the order of urgency."""

    chip: str
    icon: str
    word: str
    mark: str
    tone: str


REQUIREMENTS = {
    "unmet": RequirementLook("bad", "x", "Not met", "x-circle", "bad"),
    "stale": RequirementLook("stale", "stale", "Stale", "stale", "warn"),
    "waiting": RequirementLook("info", "clock", "Waiting", "clock", "info"),
    "blocked": RequirementLook("quiet", "lock", "Blocked", "lock", "quiet"),
    "met": RequirementLook("ok", "check", "Met", "check-circle", "ok"),
}
REVIEW_STAGE_MARKS = {
    "done": ("check-circle", "ok"),
    "now": ("clock", "info"),
    "stale": ("stale", "warn"),
    "later": ("lock", "quiet"),
    "refused": ("x-circle", "bad"),
}
CONDITION_LOOKS = {"open": ("info", "Open"), "met": ("ok", "Met"), "overdue": ("bad", "Overdue")}
PROOF_LOOKS = {
    "in": ("text-ok", "shield", "In tree"),
    "waiting": ("", "clock", "Waiting"),
    "broken": ("text-bad", "x", "Broken"),
}


# Marks and states


@register.simple_tag
def icon(name: str, tone: str = "", size: str = "", label: str = "") -> SafeString:
    """An icon beside a word stays silent for screen readers; one that stands alone needs a `label`."""
    classes = "icon" + (f" icon--{size}" if size else "") + (f" icon--{tone}" if tone else "")
    speaks = format_html(' role="img" aria-label="{}"', label) if label else SafeString(' aria-hidden="true"')
    return format_html('<svg class="{}"{}><use href="{}#i-{}"/></svg>', classes, speaks, static("img/icons.svg"), name)


@register.simple_tag
def brandmark() -> SafeString:
    return format_html(
        '<svg class="brandmark" aria-hidden="true"><use href="{}#i-gate"/></svg>', static("img/icons.svg")
    )


# `icon` is also a parameter below, because templates say icon="…".
_icon = icon


@register.simple_tag
def chip(state: str, text: str, icon: str = "") -> SafeString:
    return format_html('<span class="chip chip--{}">{}{}</span>', state, _icon(icon or STATE_ICONS[state]), text)


@register.simple_tag
def tag(text: str, icon: str = "", variant: str = "") -> SafeString:
    modifier = f" tag--{variant}" if variant else ""
    return format_html('<span class="tag{}">{}{}</span>', modifier, _icon(icon) if icon else "", text)


@register.simple_tag
def tier(slug: str, label: str = "") -> SafeString:
    return tag(label or TIERS.get(slug, slug), icon=f"tier-{slug}" if slug in TIERS else "")


@register.simple_tag
def stage(slug: str, label: str = "") -> SafeString:
    return tag(label or STAGES.get(slug, slug), icon=slug if slug in STAGES else "")


@register.simple_tag
def met_state(state: str) -> SafeString:
    look = REQUIREMENTS[state]
    return chip(look.chip, look.word, look.icon)


@register.simple_tag
def road_mark(state: str) -> SafeString:
    look = REQUIREMENTS[state]
    return icon(look.mark, tone=look.tone)


@register.simple_tag
def review_stage_mark(state: str) -> SafeString:
    name, tone = REVIEW_STAGE_MARKS[state]
    return icon(name, tone=tone)


@register.simple_tag
def condition_state(state: str) -> SafeString:
    return chip(CONDITION_LOOKS[state][0], CONDITION_LOOKS[state][1])


@register.simple_tag
def proof_state(state: str) -> SafeString:
    if not state:
        return SafeString("")
    tone, name, word = PROOF_LOOKS[state]
    return format_html('<span class="chip chip--plain {}">{}{}</span>', tone, icon(name), word)


@register.simple_tag
def chip_icon(state: str, name: str = "") -> SafeString:
    return icon(name or STATE_ICONS[state])


@register.simple_tag
def verdict_icon(state: str, name: str = "") -> SafeString:
    return icon(name or VERDICT_ICONS[state])


@register.simple_tag
def notice_icon(state: str, name: str = "") -> SafeString:
    return icon(name or NOTICE_ICONS[state])


@register.filter
def message_state(level_tag: str) -> str:
    return MESSAGE_STATES.get(level_tag, level_tag or "info")


# People


@register.filter
def initials(name: object) -> str:
    words = str(name).split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else ""


@register.simple_tag
def person(name: object, role: str = "", size: str = "") -> SafeString:
    modifier = f" avatar--{size}" if size else ""
    said = format_html('<span>{}<span class="person__role">{}</span></span>', name, role) if role else name
    return format_html(
        '<span class="person"><span class="avatar{}" aria-hidden="true">{}</span>{}</span>',
        modifier,
        initials(name),
        said,
    )


# Digests


def _hex_of(digest: str) -> str:
    return str(digest).rpartition(":")[2]


@register.filter
def short_digest(digest: str) -> str:
    """Keeps both ends, where people compare: sha256:9f2c41ab…7e10."""
    value = str(digest)
    prefix, hexadecimal = value[: -len(_hex_of(value)) or None], _hex_of(value)
    return f"{prefix}{hexadecimal[:8]}…{hexadecimal[-4:]}" if len(hexadecimal) > 16 else value


def _strokes(content: bytes) -> str:
    """One stroke a byte, clockwise from the top, from an outer ring inwards; its length is the byte."""
    outer, shortest, range_ = 29.0, 2.0, 10.0
    strokes = []
    for position, byte in enumerate(content):
        angle = 2 * pi * position / len(content) - pi / 2
        inner = outer - shortest - range_ * byte / 255
        ends = [(32 + radius * cos(angle), 32 + radius * sin(angle)) for radius in (outer, inner)]
        strokes.append("M{:.1f} {:.1f}L{:.1f} {:.1f}".format(*ends[0], *ends[1]))
    return "".join(strokes)


@register.simple_tag
def seal(digest: str, size: str = "") -> SafeString:
    """The ring that lets the eye see a swapped digest; drawn for SHA-256 only, and always beside the written digest."""
    hexadecimal = _hex_of(digest)
    if not re.fullmatch(r"[0-9a-fA-F]{64}", hexadecimal):
        return SafeString("")
    strokes = format_html('<path class="seal__strokes" d="{}"/>', _strokes(bytes.fromhex(hexadecimal)))
    if size != "lg":
        return format_html('<svg class="seal" viewBox="0 0 64 64" aria-hidden="true">{}</svg>', strokes)
    return format_html(
        '<svg class="seal seal--lg" viewBox="0 0 64 64" aria-hidden="true"><circle class="seal__ring" cx="32" cy="32"'
        ' r="31"/>{}<circle class="seal__ring" cx="32" cy="32" r="15"/><text class="seal__text" x="32" y="31">{}</text>'
        '<text class="seal__text" x="32" y="38">{}</text></svg>',
        strokes,
        hexadecimal[:4],
        hexadecimal[-4:],
    )


@register.simple_tag
def digest(value: str, seal: bool = True, copy: bool = True) -> SafeString:
    """A digest shortened for the eye, whole in its title and for copying. SHA-256 written bare gets its name."""
    if not value:
        return SafeString('<span class="muted">none</span>')
    whole = f"sha256:{value}" if re.fullmatch(r"[0-9a-fA-F]{64}", str(value)) else str(value)
    button = format_html(
        '<button class="digest__copy needs-js" type="button" data-copy="{}" aria-label="Copy {}">{}</button>',
        whole,
        short_digest(whole),
        icon("copy"),
    )
    return format_html(
        '<span class="digest">{}<code title="{}">{}</code>{}</span>',
        _seal(whole) if seal else "",
        whole,
        short_digest(whole),
        button if copy else "",
    )


_seal = seal


# How much is done


def _segments(states: list[str], width: float, gap: float) -> SafeString:
    segment = (width + gap) / len(states) - gap if states else 0
    return format_html_join(
        "",
        '<rect class="seg--{}" x="{}" y="0" width="{}" height="6" rx="1"/>',
        ((state, f"{index * (segment + gap):.2f}", f"{segment:.2f}") for index, state in enumerate(states)),
    )


@register.simple_tag
def meter(met: int, total: int) -> SafeString:
    states = ["met"] * met + ["blocked"] * (total - met)
    return format_html(
        '<span class="meter"><svg class="meter__bar" viewBox="0 0 72 6" aria-hidden="true">{}</svg>'
        "<span>{} of {}</span></span>",
        _segments(states, 72, 1.5),
        met,
        total,
    )


@register.simple_tag
def progress_bar(items: Iterable) -> SafeString:
    states = [item.state for item in misses_first(items)][::-1]
    count = Counter(states)
    said = ", ".join(f"{count[state]} {look.word.lower()}" for state, look in REQUIREMENTS.items() if count[state])
    return format_html(
        '<svg class="roadhead__bar" viewBox="0 0 144 6" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        said or "nothing asked",
        _segments(states, 144, 2),
    )


@register.filter
def misses_first(items: Iterable) -> list:
    urgency = list(REQUIREMENTS)
    return sorted(items, key=lambda item: urgency.index(item.state))


@register.filter
def met_count(items: Iterable) -> int:
    return sum(item.state == "met" for item in items)


# Times and numbers


def _time_element(moment: date, words: str) -> SafeString:
    iso = moment.isoformat(timespec="seconds") if isinstance(moment, datetime) else moment.isoformat()
    return format_html('<time datetime="{}" title="{}">{}</time>', iso, iso, words)


def _local(moment: date) -> date:
    return timezone.localtime(moment) if isinstance(moment, datetime) and timezone.is_aware(moment) else moment


def _is_near(moment: date) -> bool:
    today = timezone.localdate()
    return abs((moment.date() if isinstance(moment, datetime) else moment) - today) < MONTH


@register.filter
def when(moment: date | None) -> SafeString | str:
    """Fri 20 Nov 16:42 within a month, else 20 Nov 2025 16:42; a plain date is shown as `day` shows it."""
    if not moment:
        return ""
    if not isinstance(moment, datetime):
        return day(moment)
    local = _local(moment)
    return _time_element(local, format_date(local, "D j M H:i" if _is_near(local) else "j M Y H:i"))


@register.filter
def day(moment: date | None) -> SafeString | str:
    """Fri 20 Nov within a month, else 20 Nov 2025."""
    if not moment:
        return ""
    local = _local(moment)
    return _time_element(local, format_date(local, "D j M" if _is_near(local) else "j M Y"))


@register.filter
def clock(moment: datetime | None) -> SafeString | str:
    """The hour alone, for lists that are grouped by day."""
    return _time_element(_local(moment), format_date(_local(moment), "H:i")) if moment else ""


@register.filter
def age(moment: datetime | timedelta | None) -> str:
    """The two largest units: 2 d 19 h."""
    if moment is None or moment == "":
        return ""
    span = abs(moment if isinstance(moment, timedelta) else timezone.now() - moment)
    hours, minutes = span.seconds // 3600, span.seconds % 3600 // 60
    if span.days:
        return f"{span.days} d {hours} h" if hours else f"{span.days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else "under a minute"


@register.filter
def thousands(number: int | None) -> str:
    return "" if number is None else f"{number:,}".replace(",", NO_BREAK).replace("-", "−")


@register.filter
def figure(value: object, places: int | None = None) -> str:
    """A measured value: true minus, space for thousands, no exponent; `places` fixes the decimals for a column."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return "" if value is None else str(value)
    if not number.is_finite():
        return str(value)
    plain = f"{number:,.{places}f}" if places is not None else f"{number:,f}"
    if places is None and "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain.replace(",", NO_BREAK).replace("-", "−")


@register.filter
def filesize_si(size: int | None) -> str:
    if size is None:
        return ""
    amount, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f}{NO_BREAK}B" if units[0] == "B" else f"{amount:.1f}{NO_BREAK}{units[0]}"


@register.filter
def counted(number: int, noun: str) -> str:
    """2 reasons, 1 reason; an irregular plural is given after a comma: "entry,entries"."""
    singular, _, plural = noun.partition(",")
    return f"{thousands(number)} {singular if number == 1 else plural or singular + 's'}"


@register.filter
def fingerprint(text: object) -> str:
    """A short stable name for a piece of text, to make an id of it."""
    return f"{crc32(str(text).encode()):08x}"


@register.filter
def extra(attributes: Attrs) -> SafeString:
    """What a component was given beyond its own attributes, escaped (the component library leaves that to us)."""
    return flatatt(attributes.attrs_dict())


# Tables


def _with_role(match: re.Match) -> str:
    element, attributes = match.groups()
    if "role=" in attributes:
        return match.group()
    role = {"tr": "row", "td": "cell"}.get(element)
    if role is None:
        role = "rowheader" if 'scope="row"' in attributes else "columnheader"
    return f'<{element} role="{role}"{attributes}>'


@register.filter
def table_roles(markup: str) -> SafeString:
    """Says the roles aloud that a browser forgets once the stylesheet turns the rows of a table into cards."""
    return mark_safe(re.sub(r"<(tr|td|th)\b([^>]*)>", _with_role, conditional_escape(markup)))  # noqa: S308 - escaped


# Forms


@dataclass(frozen=True)
class Option:
    """One radio or tick box of a field, with what is to be said beside it."""

    control: SafeString
    id: str
    label: str
    hint: str
    refusal: str


@dataclass(frozen=True)
class Reason:
    """One reason why not: what is the case, what to do about it, and where."""

    message: str
    remedy: str = ""
    url: str = ""
    code: str = ""


@register.filter
def control_kind(field: forms.BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "options"
    return "tick" if isinstance(widget, forms.CheckboxInput) else "single"


def _control_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return ""
    if isinstance(widget, forms.Textarea):
        return "textarea"
    return "select" if isinstance(widget, forms.Select) else "input"


@register.simple_tag
def described_by(field: forms.BoundField, hint: str = "", bare: bool = False) -> str:
    said = [f"{field.auto_id}-hint"] if (hint or field.help_text) and not bare else []
    return " ".join(said + ([f"{field.auto_id}-error"] if field.errors else []))


@register.simple_tag
def control(field: forms.BoundField, hint: str = "", rows: object = "", bare: bool = False) -> SafeString:
    """The widget of a form field with the house's class, tied to its hint and error; `bare` leaves out what a
    form of somebody else's adds of its own accord."""
    widget = field.field.widget
    classes = f"{_control_class(widget)} {widget.attrs.get('class', '')}".strip()
    attrs = {"class": classes} if classes else {}
    if description := described_by(field, hint, bare):
        attrs["aria-describedby"] = description
    if bare:
        attrs["placeholder"] = False
    if rows:
        attrs["rows"] = str(rows)
    return field.as_widget(attrs=attrs)


def _option(bound: forms.boundfield.BoundWidget, hints: dict, refused: dict, reveals: str) -> Option:
    data = bound.data
    value = str(data["value"])
    attrs = {name: said for name, said in data["attrs"].items() if name != "aria-describedby"}
    attrs |= {"disabled": value in refused, "data-reveals": value == reveals}
    markup = format_html('<input type="{}" name="{}" value="{}"{}>', data["type"], data["name"], value, flatatt(attrs))
    return Option(markup, attrs["id"], data["label"], hints.get(value, ""), refused.get(value, ""))


@register.simple_tag
def options_of(
    field: forms.BoundField, hints: dict | None = None, refused: dict | None = None, reveals: str = ""
) -> list[Option]:
    return [
        _option(bound, hints or {}, refused or {}, reveals) for bound in field.subwidgets if bound.data["value"] != ""
    ]


def _reasons_of_error(error: ValidationError) -> list[Reason]:
    reasons = []
    by_field = getattr(error, "error_dict", {})
    for single in [each for errors in by_field.values() for each in errors] if by_field else error.error_list:
        params = single.params or {}
        remedy, url = params.get("remedy", ""), params.get("url", "")
        reasons.append(Reason(" ".join(single.messages), remedy, url, single.code or ""))
    return reasons


def _reason_of_thing(thing: object) -> Reason:
    read = thing.get if isinstance(thing, dict) else lambda name, default="": getattr(thing, name, default)
    url = read("url", "") or read("step_url", "")
    return Reason(read("message", "") or str(thing), read("remedy", ""), url, read("code", ""))


@register.filter
def as_reasons(things: object) -> list[Reason]:
    """Reasons as rules, gates and forms give them: text, ValidationError, or anything with message, remedy and url."""
    if not things:
        return []
    if isinstance(things, ValidationError):
        return _reasons_of_error(things)
    reasons = []
    for thing in things:
        reasons += _reasons_of_error(thing) if isinstance(thing, ValidationError) else [_reason_of_thing(thing)]
    return reasons


def _place_of(field: forms.BoundField) -> str:
    return f"#{field.id_for_label or field.auto_id + '_0'}"


def _reasons_of_form(form: forms.BaseForm) -> list[Reason]:
    found = as_reasons(form.errors.as_data().get("__all__", []))
    for field in form:
        place = "" if field.is_hidden else _place_of(field)
        found += [Reason(f"{field.label}: {message}", url=place) for message in field.errors]
    return found


@register.simple_tag
def problems_of(
    form: forms.BaseForm | None = None, formset: forms.BaseFormSet | None = None, refusals: object = None
) -> list[Reason]:
    """All that keeps a form from being taken: the refusals of the rules first, then field by field."""
    found = as_reasons(refusals)
    found += _reasons_of_form(form) if form else []
    if formset:
        found += as_reasons(formset.non_form_errors().as_data())
        for each in formset:
            found += _reasons_of_form(each)
    return found
