"""Form fields with their hints and errors, and reasons why something is refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString


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

    @property
    def stop(self) -> str:
        """What ends the message before the remedy follows; findings are often written without."""
        return "." if self.remedy and not self.message.endswith((".", "!", "?", "…")) else ""


def control_kind(field: forms.BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "options"
    return "tick" if isinstance(widget, forms.CheckboxInput) else "single"


#: control -> what is said where it was left empty
LEFT_EMPTY = (
    (forms.ClearableFileInput, "Choose a file."),
    (forms.CheckboxInput, "Tick this to go on."),
    (forms.Select | forms.RadioSelect, "Choose one."),
)


def errors_of(field: forms.BoundField) -> list[str]:
    """What is wrong with a field, in words that say what to do where Django's say only that it is required."""
    return [message for error in field.errors.as_data() for message in _messages_of(error, field.field.widget)]


def _messages_of(error: ValidationError, widget: forms.Widget) -> list[str]:
    if error.code != "required" or error.message != forms.Field.default_error_messages["required"]:
        return error.messages
    return [next((words for kind, words in LEFT_EMPTY if isinstance(widget, kind)), "Fill this in.")]


def _control_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return ""
    if isinstance(widget, forms.Textarea):
        return "textarea"
    return "select" if isinstance(widget, forms.Select) else "input"


def described_by(field: forms.BoundField, hint: str = "", bare: bool = False) -> str:
    said = [f"{field.auto_id}-hint"] if (hint or field.help_text) and not bare else []
    return " ".join(said + ([f"{field.auto_id}-error"] if field.errors else []))


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
        found += [Reason(f"{field.label}: {message}", url=place) for message in errors_of(field)]
    return found


def _reasons_of_rows(rows: forms.BaseFormSet) -> list[Reason]:
    found = as_reasons(rows.non_form_errors().as_data())
    for each in rows:
        found += _reasons_of_form(each)
    return found


def problems_of(
    form: forms.BaseForm | None = None,
    formset: forms.BaseFormSet | None = None,
    refusals: object = None,
    further: Iterable[forms.BaseForm | forms.BaseFormSet] = (),
) -> list[Reason]:
    """All that keeps a form from being taken: the refusals of the rules first, then field by field. `further` are forms
    and rows of forms that are sent with it."""
    found = as_reasons(refusals)
    for each in filter(None, (form, *further, formset)):
        found += _reasons_of_rows(each) if isinstance(each, forms.BaseFormSet) else _reasons_of_form(each)
    return found
