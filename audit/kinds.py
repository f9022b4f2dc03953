"""What can happen, as data: each room declares its kinds of event, and nothing else can be written.

A kind is named `room.noun.past_tense`. Its sentence is what timelines and the ledger page print after the person's
name; `{label}` is the subject, other names are facts of the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Case:
    """How a kind is told where one fact of the event has this value."""

    fact: str
    value: str
    sentence: str
    state: str


@dataclass(frozen=True)
class Kind:
    """`sentence` follows the actor's name. `icon` and `state` are names of the visual language (docs: style guide).

    Of its `cases` the first that fits an event takes their place. `of_oneself` is the sentence about the actor alone.
    What is `confidential` is between those it is about and those who may read the whole ledger.
    """

    name: str
    sentence: str
    icon: str = "info"
    state: str = "quiet"
    cases: tuple[Case, ...] = ()
    of_oneself: str = ""
    confidential: bool = False

    def told_of(self, facts: Mapping[str, Any]) -> Kind:
        """The kind as an event with these facts is told."""
        undone = _undone(self.name)
        if undone and _is_omission(facts):
            return _omission_of(undone)
        case = next((each for each in self.cases if facts.get(each.fact) == each.value), None)
        return replace(self, sentence=case.sentence, state=case.state) if case else self

    @property
    def title(self) -> str:
        """The name in words: `registry.model.registered` is “Model registered”."""
        return " ".join(self.name.split(".")[1:]).replace("_", " ").capitalize()


REFUSED = "refused"

_declared: dict[str, Kind] = {}
_words: dict[str, dict[str, str]] = {}
#: The codes that say no more than that something was left out. Those of fields; each room adds its own.
_omissions: set[str] = {"blank", "null", "required"}


def declare(kinds: tuple[Kind, ...]) -> None:
    """Called once by each room when it is ready. Each kind brings its refusal with it.

    Raises ImproperlyConfigured when two rooms declare one name.
    """
    for kind in kinds:
        for each in (kind, _refusal_of(kind)):
            if _declared.setdefault(each.name, each) != each:
                raise ImproperlyConfigured(f"Event kind {each.name} is declared twice.")


def say(fact: str, words: Mapping[str, str]) -> None:
    """How sentences name the values of a fact: events keep a slug, readers read a title."""
    _words[fact] = dict(words)


def forgive(codes: Iterable[str]) -> None:
    """A refusal by nothing but these codes is told as what it is: somebody left something out."""
    for code in codes:
        _omissions.add(code)


def _undone(name: str) -> Kind | None:
    """What a refusal kept from happening, None where it is no refusal or of a kind that is no longer declared."""
    return _declared.get(name.removesuffix(f".{REFUSED}")) if name.endswith(f".{REFUSED}") else None


def _is_omission(facts: Mapping[str, Any]) -> bool:
    codes = facts.get("codes", ())
    return bool(codes) and _omissions.issuperset(codes)


def words_for(fact: str) -> dict[str, str]:
    """The values of a fact that have words, with them."""
    return dict(_words.get(fact, {}))


def telling(fact: str) -> list[str]:
    """The names of the kinds whose sentence names this fact."""
    return [kind.name for kind in every() if f"{{{fact}}}" in kind.sentence]


def in_words(fact: str, value: str) -> str:
    return _words.get(fact, {}).get(value, value)


def declared(name: str) -> Kind:
    """Raises KeyError for a kind that no room has declared."""
    return _declared[name]


def every() -> list[Kind]:
    return [kind for kind in _declared.values() if not kind.name.endswith(f".{REFUSED}")]


def open_to_all() -> list[str]:
    """What every reader of the ledger may see; refused attempts are between those who tried and auditors."""
    return [kind.name for kind in _declared.values() if not kind.confidential]


def is_open_to_all(name: str) -> bool:
    """Not so for one that is no longer declared: nobody can say any more whom it is about."""
    return name in _declared and not _declared[name].confidential


def refusal_name(name: str) -> str:
    """`approvals.review.approved` refused is `approvals.review.approved.refused`: one search finds both."""
    return f"{name}.{REFUSED}"


def _refusal_of(kind: Kind) -> Kind:
    """What was not done has no facts to tell of, so its title stands for it."""
    refused = f"was refused “{kind.title}”"
    return Kind(
        refusal_name(kind.name), f"{refused} for {{label}}", "x-circle", "bad", of_oneself=refused, confidential=True
    )


def _omission_of(kind: Kind) -> Kind:
    left_out, undone = "left something out, so", "did not happen"
    return replace(
        _refusal_of(kind),
        sentence=f"{left_out} “{kind.title}” for {{label}} {undone}",
        of_oneself=f"{left_out} “{kind.title}” {undone}",
        icon="info",
        state="quiet",
    )
