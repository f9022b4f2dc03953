"""Icons, chips and tags: how states, tiers and stages are drawn."""

from dataclasses import dataclass
from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
    "open": RequirementLook("warn", "calendar", "Open", "calendar", "warn"),
    "waived": RequirementLook("warn", "flag", "Waived", "flag", "warn"),
    "advised": RequirementLook("quiet", "eye", "Shown only", "eye", "quiet"),
    "met": RequirementLook("ok", "check", "Met", "check-circle", "ok"),
}
REVIEW_STAGE_MARKS = {
    "done": ("check-circle", "ok"),
    "conditions": ("check-circle", "warn"),
    "now": ("clock", "info"),
    "stale": ("stale", "warn"),
    "later": ("lock", "quiet"),
    "refused": ("x-circle", "bad"),
}
CONDITION_LOOKS = {
    "open": ("warn", "Open", "calendar"),
    "met": ("ok", "Met", "check"),
    "overdue": ("bad", "Overdue", "x"),
}
PROOF_LOOKS = {
    "in": ("text-ok", "shield", "In tree"),
    "waiting": ("", "clock", "Waiting"),
    "broken": ("text-bad", "x", "Broken"),
}


def icon(name: str, tone: str = "", size: str = "", label: str = "") -> SafeString:
    """An icon beside a word stays silent for screen readers; one that stands alone needs a `label`."""
    if not label:
        return _silent_icon(name, tone, size)
    return _drawn(name, tone, size, format_html(' role="img" aria-label="{}"', label))


@lru_cache(maxsize=512, typed=True)
def _silent_icon(name: str, tone: str, size: str) -> SafeString:
    """A page shows the same few many times over. Kept by type too, for text that says it is safe is not escaped."""
    return _drawn(name, tone, size, SafeString(' aria-hidden="true"'))


def _drawn(name: str, tone: str, size: str, speaks: SafeString) -> SafeString:
    classes = "icon" + (f" icon--{size}" if size else "") + (f" icon--{tone}" if tone else "")
    return format_html('<svg class="{}"{}><use href="{}#i-{}"/></svg>', classes, speaks, static("img/icons.svg"), name)


def brandmark() -> SafeString:
    return format_html(
        '<svg class="brandmark" aria-hidden="true"><use href="{}#i-gate"/></svg>', static("img/icons.svg")
    )


# `icon` is also a parameter below, because templates say icon="…".
_icon = icon


def chip(state: str, text: str, icon: str = "") -> SafeString:
    return format_html('<span class="chip chip--{}">{}{}</span>', state, _icon(icon or STATE_ICONS[state]), text)


def tag(text: str, icon: str = "", variant: str = "") -> SafeString:
    modifier = f" tag--{variant}" if variant else ""
    return format_html('<span class="tag{}">{}{}</span>', modifier, _icon(icon) if icon else "", text)


def tier(slug: str, label: str = "") -> SafeString:
    """Without a slug: nobody has assessed the risk of the model yet. That is a state, so it has a chip."""
    if not slug:
        return chip("warn", "Not assessed", "flag")
    return tag(label or TIERS.get(slug, slug), icon=f"tier-{slug}" if slug in TIERS else "")


def stage(slug: str, label: str = "") -> SafeString:
    return tag(label or STAGES.get(slug, slug), icon=slug if slug in STAGES else "")


def met_state(state: str) -> SafeString:
    look = REQUIREMENTS[state]
    return chip(look.chip, look.word, look.icon)


def road_mark(state: str) -> SafeString:
    look = REQUIREMENTS[state]
    return icon(look.mark, tone=look.tone)


def review_stage_mark(state: str) -> SafeString:
    name, tone = REVIEW_STAGE_MARKS[state]
    return icon(name, tone=tone)


def condition_state(state: str) -> SafeString:
    return chip(*CONDITION_LOOKS[state])


def proof_state(state: str) -> SafeString:
    if not state:
        return SafeString("")
    tone, name, word = PROOF_LOOKS[state]
    return format_html('<span class="chip chip--plain {}">{}{}</span>', tone, icon(name), word)


def chip_icon(state: str, name: str = "") -> SafeString:
    return icon(name or STATE_ICONS[state])


def verdict_icon(state: str, name: str = "") -> SafeString:
    return icon(name or VERDICT_ICONS[state])


def notice_icon(state: str, name: str = "") -> SafeString:
    return icon(name or NOTICE_ICONS[state])


def message_state(level_tag: str) -> str:
    return MESSAGE_STATES.get(level_tag, level_tag or "info")
