"""The fields of which every form is made: what people type, as far as its shape goes."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from audit import canonical, legible
from registry import addresses
from registry.models import ModelVersion, Person, RoleGrant
from registry.models.catalog import commit_validator, sha256_validator

LONGEST_PROSE = 20_000
YEARS = range(2000, 2100)
DEEPEST_NESTING = 20
INSTANT = re.compile(
    r"(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)"
    r"(?P<zone>[Zz]|[-+ ][0-9]{2}:[0-9]{2})?"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ONE_DAY = datetime.timedelta(days=1)
VERSION_NAME = re.compile(r"(?P<name>[a-z][a-z0-9-]*)\s+v?(?P<number>[0-9]{1,9})")


def members() -> QuerySet[Person]:
    """People who can be named as answering for something: they have an account that sees it."""
    holds_a_role = Exists(RoleGrant.objects.filter(person=OuterRef("pk")))
    return Person.objects.filter(Q(holds_a_role) | Q(is_superuser=True), kind=Person.Kind.HUMAN, is_active=True)


class LineField(forms.CharField):
    """One line, in which every letter is seen."""

    validate_text = staticmethod(legible.validate_line)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        told_apart = [each for each in self.validators if not isinstance(each, ProhibitNullCharactersValidator)]
        self.validators = [*told_apart, self.validate_text]


class PlaceField(LineField):
    """Where something is kept, was run, or can be read: an address or other words."""

    default_validators = [addresses.validate_place]


class WebAddressField(forms.URLField):
    """A page that readers are sent to."""

    default_validators = [legible.validate_line, addresses.validate_web_address]
    default_error_messages = {"invalid": addresses.NO_WEB_ADDRESS}

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": 500, "assume_scheme": "https"} | options))


class MailAddressField(forms.EmailField):
    default_validators = [*forms.EmailField.default_validators, legible.validate_line]


class ProseField(LineField):
    """Plain text of several lines. A browser's line ends are not a change of the text."""

    widget = forms.Textarea
    validate_text = staticmethod(legible.validate_prose)

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": LONGEST_PROSE} | options))

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n")


class DayField(forms.DateField):
    """A day of this century: what is typed with another year is a slip."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**({"widget": widget} | options))

    def validate(self, value: datetime.date | None) -> None:
        super().validate(value)
        if value:
            validate_day(value)


def validate_day(day: datetime.date) -> None:
    if day.year not in YEARS:
        raise ValidationError(f"Write a day of the years {YEARS[0]} to {YEARS[-1]}.", code="year")


class InstantWidget(forms.MultiWidget):
    """A date under the name of the field, where an address may say a whole instant as well, and beside it a time."""

    def __init__(self) -> None:
        day = forms.TextInput(attrs={"type": "date"})
        time = forms.TextInput(attrs={"type": "time", "step": "any", "aria-label": "Time"})
        super().__init__({"": day, "time": time}, attrs={"autocomplete": "off"})

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        day, time = super().value_from_datadict(data, files, name)
        return f"{day}T{time}" if time and DAY.fullmatch(day or "") else day

    def decompress(self, value: str | None) -> list[str]:
        day, _, time = (value or "").upper().partition("T")
        return [day, time]


class InstantField(forms.CharField):
    """A moment up to now: of the reader's clock, where a day alone is its end, or with its zone as addresses say it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"widget": InstantWidget, "error_messages": {"required": "Choose a date."}} | options))

    def to_python(self, value: Any) -> datetime.datetime | None:
        text, zone = super().to_python(value), timezone.get_current_timezone()
        if DAY.fullmatch(text):
            return _end_of_day(text, zone)
        return read_instant(text, zone) if text else None

    def prepare_value(self, value: Any) -> Any:
        """As the reader's clock showed it, never before the instant that is meant. A browser shows nothing else."""
        if not isinstance(value, datetime.datetime):
            written = INSTANT.fullmatch(str(value))
            return value if (written and not written["zone"]) or DAY.fullmatch(str(value)) else ""
        local = timezone.localtime(value).replace(tzinfo=None)
        fraction = local.microsecond % 1000
        shown = local + datetime.timedelta(microseconds=1000 - fraction if fraction else 0)
        return shown.isoformat(timespec="milliseconds" if shown.microsecond else "seconds")


def read_instant(text: str, zone: datetime.tzinfo | None = None) -> datetime.datetime:
    """A moment of this century that has come, in UTC. Where none is written, it is one of `zone`.

    Raises ValidationError that says what is wrong with it.
    """
    written = INSTANT.fullmatch(text.strip())
    try:
        moment = datetime.datetime.fromisoformat(f"{written['moment']}{_offset(written['zone'])}") if written else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValidationError("Write a date and a time, such as “2026-03-03T10:00:00Z”.", code="instant")
    validate_day(moment.date())
    if moment.tzinfo is None:
        moment = _on_the_clock(moment, zone)
    if moment > timezone.now():
        raise ValidationError("This moment is still to come. Choose one up to now.", code="future")
    return moment.astimezone(datetime.UTC)


def _end_of_day(text: str, zone: datetime.tzinfo) -> datetime.datetime:
    """In UTC; of today, now."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ValidationError("There is no such day.", code="instant") from error
    validate_day(day)
    now = timezone.now()
    if day > timezone.localdate(now, zone):
        raise ValidationError("This day is still to come. Choose one up to today.", code="future")
    midnight = datetime.datetime.combine(day + ONE_DAY, datetime.time.min, tzinfo=zone)
    return min(midnight.astimezone(datetime.UTC) - datetime.timedelta(microseconds=1), now)


def _offset(written: str | None) -> str:
    """A + that was put into an address as it is arrives as a space."""
    return (written or "").upper().replace(" ", "+")


def _on_the_clock(moment: datetime.datetime, zone: datetime.tzinfo | None) -> datetime.datetime:
    """The one instant at which the clocks of `zone` showed this."""
    if zone is None:
        raise ValidationError("Say in which zone this is: end it with “Z” or, say, “+01:00”.", code="zone-missing")
    early, late = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return early
    times = "twice" if early < late.astimezone(datetime.UTC) else "not at all"
    raise ValidationError(
        f"Clocks in {zone} were changed then and showed this time {times}. Choose one an hour before or after.",
        code="clock-changed",
    )


class YesNoField(forms.TypedChoiceField):
    """A question with no answer given in advance."""

    widget = forms.RadioSelect
    default_error_messages = {"required": "Answer yes or no."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[("yes", "Yes"), ("no", "No")], coerce=lambda answer: answer == "yes", **kwargs)


class DigestField(forms.CharField):
    """A SHA-256 digest, with or without the `sha256:` that copying it from a page brings along."""

    default_validators = [sha256_validator]

    def to_python(self, value: Any) -> str:
        written = super().to_python(value).lower()
        return written.removeprefix("sha256:") or written


class CommitField(forms.CharField):
    default_validators = [commit_validator]

    def to_python(self, value: Any) -> str:
        return super().to_python(value).lower()


class VersionField(forms.CharField):
    """A version by its written name, such as “form-digit-reader v2”: there may be too many to choose from a list."""

    def __init__(self, *, queryset: QuerySet[ModelVersion], **kwargs: Any) -> None:
        self.queryset = queryset
        super().__init__(**kwargs)

    def clean(self, value: Any) -> ModelVersion | None:
        text = super().clean(value)
        if not text:
            return None
        written = VERSION_NAME.fullmatch(text)
        if not written:
            raise ValidationError("Write a model and its version, such as “form-digit-reader v2”.", code="invalid")
        found = self.queryset.filter(model__name=written["name"], number=int(written["number"])).first()
        if found is None:
            raise ValidationError(f"There is no {written['name']} v{int(written['number'])}.", code="unknown-version")
        return found


class JSONObjectField(forms.CharField):
    """A JSON object. Numbers with a fraction come back as the text they were written as, so that none is rounded."""

    widget = forms.Textarea

    def clean(self, value: Any) -> dict[str, Any]:
        text = super().clean(value)
        return read_object(text) if text else {}


def read_object(text: str) -> dict[str, Any]:
    """Raises ValidationError that says where `text` is not JSON, or what in it cannot be kept exactly."""
    try:
        value = json.loads(text, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_unique_names)
        if not isinstance(value, dict):
            raise ValidationError('Write names with values in braces, such as {"max_depth": 6}.', code="not-an-object")
        if _nesting(value) > DEEPEST_NESTING:
            raise _too_deep()
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValidationError(f"This is not JSON yet: {place}: {_lowered(error.msg)}.", code="not-json") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise ValidationError("One of the numbers has too many digits. Write it as text.", code="not-json") from error
    canonical.validate(value)
    legible.validate_json(value)
    return value


def _lowered(message: str) -> str:
    return f"{message[:1].lower()}{message[1:]}"


def _refuse_constant(word: str) -> None:
    raise ValidationError(f"{word} is not a number in JSON. Write it as text: “{word}”.", code="not-json")


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValidationError(f"“{name}” is given twice. Keep one of the two.", code="given-twice")
        found[name] = value
    return found


def _nesting(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_nesting, inner), default=0)


def _too_deep() -> ValidationError:
    return ValidationError(f"It is nested more than {DEEPEST_NESTING} deep. Make it flatter.", code="too-deep")
