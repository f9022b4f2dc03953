"""What approvals are called: those that Gatehouse comes with, and those that a policy defines by itself."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models

LONGEST = 20


class Stage(str):
    """A stage of a review, by its name. It sorts and is said as one everywhere, whoever defined it."""

    __slots__ = ()
    TECHNICAL: ClassVar[Stage]
    BUSINESS: ClassVar[Stage]
    COMPLIANCE: ClassVar[Stage]
    DEPLOYMENT: ClassVar[Stage]
    #: Those that Gatehouse comes with, in their usual order. The right to decide is one of these, too.
    KNOWN: ClassVar[tuple[Stage, ...]]

    @classmethod
    def called(cls, name: str) -> Stage:
        """The stage that somebody calls `name`: “Clinical safety” is clinical-safety, “GDPR” stays as it is."""
        words = re.split(r"[\s-]+", name.strip())
        return cls("-".join(word if word.isupper() else word.lower() for word in words))

    @property
    def is_known(self) -> bool:
        return self in self.KNOWN

    @property
    def words(self) -> str:
        """As it stands within a sentence."""
        return self.replace("-", " ")

    @property
    def label(self) -> str:
        return self.words[:1].upper() + self.words[1:]

    @property
    def place(self) -> tuple[int, str]:
        """Its place among stages of one turn: the known ones as usual, then the others by name."""
        return (self.KNOWN.index(self) if self.is_known else len(self.KNOWN)), self


Stage.TECHNICAL = Stage("technical")
Stage.BUSINESS = Stage("business")
Stage.COMPLIANCE = Stage("compliance")
Stage.DEPLOYMENT = Stage("deployment")
Stage.KNOWN = (Stage.TECHNICAL, Stage.BUSINESS, Stage.COMPLIANCE, Stage.DEPLOYMENT)

#: What a name of a stage is made of: it stands in addresses, in codes of gates and in the ledger.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")


def validate_stage(name: str) -> None:
    """Raises ValidationError for what is no name of a stage."""
    if len(name) > LONGEST or not NAME.fullmatch(name):
        raise ValidationError(
            f"Name it with 1 to {LONGEST} letters, digits and spaces, a letter first.", code="stage-name"
        )


class StageField(models.CharField):
    """Holds a `Stage`. To the database it is text like any other."""

    default_validators: ClassVar = [validate_stage]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_length": LONGEST} | options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options

    def from_db_value(self, value: str | None, *_: Any) -> Stage | None:
        return None if value is None else Stage(value)

    def to_python(self, value: Any) -> Stage | None:
        said = super().to_python(value)
        return None if said is None else Stage(said)
