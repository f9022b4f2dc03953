"""What every reader gives: a candidate for each version of a model, or for a model without any, checked for shape."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from audit import canonical, legible
from registry import addresses
from registry.models import AIModel
from registry.models.catalog import commit_validator, free_model_name_validator, sha256_validator

LONGEST_SLUG = 60
LONGEST_REFERENCE = 600
LONGEST_DETAIL = 1000
MOST_DETAILS = 200
DEEPEST_DETAIL = 5
LARGEST_NUMBER = 2**31 - 1
NO_PURPOSE = "Imported without a purpose; the risk assessment is a good day to write one."
NUMBER = re.compile(r"[vV]?(?P<number>[0-9]{1,10})")


@dataclass(frozen=True)
class Problem:
    """Why a row is refused. `field` is the name of the column that a reader of the source would look at."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class VersionCandidate:
    """`label` is what the source calls it; `number` is None when that is no number, and the next free one is given."""

    reference: str
    label: str
    number: int | None
    summary: str = ""
    artifact_uri: str = ""
    artifact_sha256: str = ""
    artifact_size: int | None = None
    code_repository: str = ""
    code_commit: str = ""
    training_run: str = ""
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Candidate:
    """`name` is what the source calls the model, `slug` the name proposed for it here; `line` is where it stands.

    `given` are the cells of a table as they were written, by column, so that a refused line can be mended.
    """

    line: int
    reference: str
    name: str
    slug: str
    purpose: str
    task: str
    use_case_line: str
    owner: str
    team: str
    details: Mapping[str, Any]
    version: VersionCandidate | None
    problems: tuple[Problem, ...]
    given: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Candidate:
        version = VersionCandidate(**kept["version"]) if kept["version"] else None
        problems = tuple(Problem(**problem) for problem in kept["problems"])
        return cls(**{**kept, "version": version, "problems": problems})


class Checker:
    """Takes values as a source writes them, gives what a column can hold, and notes each problem by its field."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, field: str, code: str, message: str) -> None:
        self.problems.append(Problem(field, code, message))

    def text(self, field: str, value: str, longest: int) -> str:
        """One line. What cannot be kept is refused; the empty text stands in its place."""
        text = str(value).strip()
        try:
            legible.validate_line(text)
        except ValidationError as refusal:
            self.refuse(field, refusal.code, refusal.message)
            return ""
        if len(text) > longest:
            self.refuse(field, "too-long", f"It has {len(text)} characters, {longest} are possible. Shorten it.")
            return ""
        return text

    def place(self, field: str, value: str, longest: int) -> str:
        """Where something is kept, without a secret in it."""
        return self._valid(field, self.text(field, value, longest), addresses.validate_place)

    def slug(self, name: str) -> str:
        """The name proposed for what the source calls `name`."""
        if not name:
            self.refuse("name", "name-missing", "It has no name. Give it one.")
            return ""
        slug = propose_slug(name)
        if not slug:
            self.refuse("name", "name", "No letter or digit of A to Z is in the name. Add one that has some.")
        elif len(slug) > LONGEST_SLUG:
            self.refuse(
                "name", "name-too-long", f"As an address it is longer than {LONGEST_SLUG} characters. Shorten it."
            )
        return slug[:LONGEST_SLUG]

    def task(self, value: str) -> str:
        """Empty is no problem: the risk assessment asks for it."""
        words = value.strip().lower()
        if words in AIModel.Task.values or not words:
            return words or AIModel.Task.OTHER
        self.refuse("task", "unknown-task", f"There is no such task. Choose one of {', '.join(AIModel.Task.values)}.")
        return AIModel.Task.OTHER

    def digest(self, field: str, value: str) -> str:
        return self._valid(field, value.strip().lower().removeprefix("sha256:"), sha256_validator)

    def commit(self, field: str, value: str) -> str:
        return self._valid(field, value.strip().lower(), commit_validator)

    def size(self, field: str, value: str) -> int | None:
        text = value.strip()
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,16}", text, re.ASCII) or int(text) > canonical.LARGEST_INTEGER:
            self.refuse(field, "size", "A size is a whole number of bytes, such as 41200000.")
            return None
        return int(text)

    def _valid(self, field: str, value: str, validator: Any) -> str:
        if not value:
            return ""
        try:
            validator(value)
        except ValidationError as refusal:
            self.refuse(field, refusal.code, refusal.message)
            return ""
        return value


def propose_slug(name: str) -> str:
    """Small letters, digits and single hyphens; empty when nothing of the name is left."""
    words = slugify(re.sub(r"[^\w]+", "-", name)).replace("_", "-")
    slug = re.sub(r"-{2,}", "-", words).strip("-")
    if slug[:1].isdigit():
        slug = f"model-{slug}"
    return f"{slug}-model" if slug and _is_reserved(slug) else slug


def _is_reserved(slug: str) -> bool:
    try:
        free_model_name_validator(slug)
    except ValidationError:
        return True
    return False


def number_in(label: str) -> int | None:
    """3 for “3” and “v3”; None for what is no number that a version can have."""
    found = NUMBER.fullmatch(label)
    number = int(found["number"]) if found else 0
    return number if 1 <= number <= LARGEST_NUMBER else None


def fitting(value: str, validator: Any) -> str:
    """`value` where it fits its column, else nothing: what a server says can hardly be mended there."""
    text = value.strip().lower().removeprefix("sha256:")
    try:
        validator(text)
    except ValidationError:
        return ""
    return text


def shortened_place(text: str, longest: int) -> str:
    """Where something is kept; nothing when a secret stands in it, since it can hardly be taken out at the source."""
    try:
        addresses.validate_place(text)
    except ValidationError:
        return ""
    return shortened(text, longest)


def shortened(text: str, longest: int) -> str:
    """One line of prose; what does not fit is left out visibly."""
    line = " ".join("".join(" " if legible.is_hidden(letter) else letter for letter in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def bounded(details: Mapping[str, Any], depth: int = DEEPEST_DETAIL) -> dict[str, Any]:
    """What no column holds, as short texts: no source fills the database by way of its tags.

    Every reader sees it, so addresses in it stand without the passwords and tokens that they came with.
    """
    kept = {shortened(str(key), 200): _short(value, depth) for key, value in list(details.items())[:MOST_DETAILS]}
    return {key: value for key, value in kept.items() if key and value not in ("", {}, [])}


def _short(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return bounded(value, depth - 1) if depth else {}
    if isinstance(value, list | tuple):
        return [_short_text(item) for item in list(value)[:MOST_DETAILS]]
    return _short_text(value)


def _short_text(value: Any) -> str:
    return shortened(addresses.without_secret(str(value)), LONGEST_DETAIL)
