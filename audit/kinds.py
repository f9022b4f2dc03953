"""What can happen, as data: each room declares its kinds of event, and nothing else can be written.

A kind is named `room.noun.past_tense`. Its sentence is what timelines and the ledger page print after the person's
name; `{label}` is the subject, other names are facts of the event.
"""

from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Kind:
    """`sentence` follows the actor's name. `icon` and `state` are names of the visual language (docs: style guide)."""

    name: str
    sentence: str
    icon: str = "info"
    state: str = "quiet"

    @property
    def title(self) -> str:
        """The name in words: `registry.model.registered` is “Model registered”."""
        return " ".join(self.name.split(".")[1:]).replace("_", " ").capitalize()


REFUSED = "refused"

_declared: dict[str, Kind] = {}


def declare(kinds: tuple[Kind, ...]) -> None:
    """Called once by each room when it is ready. Each kind brings its refusal with it.

    Raises ImproperlyConfigured when two rooms declare one name.
    """
    for kind in kinds:
        for each in (kind, _refusal_of(kind)):
            if _declared.setdefault(each.name, each) != each:
                raise ImproperlyConfigured(f"Event kind {each.name} is declared twice.")


def declared(name: str) -> Kind:
    """Raises KeyError for a kind that no room has declared."""
    return _declared[name]


def every() -> list[Kind]:
    return [kind for kind in _declared.values() if not kind.name.endswith(f".{REFUSED}")]


def refusal_name(name: str) -> str:
    """`approvals.review.approved` refused is `approvals.review.approved.refused`: one search finds both."""
    return f"{name}.{REFUSED}"


def _refusal_of(kind: Kind) -> Kind:
    return Kind(refusal_name(kind.name), "was refused; not done: " + kind.sentence, "x-circle", "bad")
