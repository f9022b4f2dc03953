"""What people fill in to say something about a review."""

from __future__ import annotations

from typing import Any

from django import forms

from approvals import places
from approvals.facts import VersionFacts
from approvals.models import Comment
from registry.forms.fields import ProseField

LONGEST = 4000
CALLING = "Call somebody by user name, as in @ada: they are told by e-mail. It stays as it is written."


class CommentForm(forms.Form):
    """Begins a thread at one of the places that the review has."""

    place = forms.ChoiceField(
        label="About",
        error_messages={"invalid_choice": "There is no such place in this review any more. Choose another one."},
    )
    text = ProseField(label="Comment", max_length=LONGEST, help_text=CALLING, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, facts: VersionFacts, **rest: Any) -> None:
        super().__init__(*args, auto_id="comment-%s", **rest)
        found = places.of(facts)
        whole = [(place.key, place.name) for place in found.pop(Comment.Place.REVIEW)]
        groups = [(kind.label, [(place.key, place.name) for place in each]) for kind, each in found.items() if each]
        self.fields["place"].choices = [*whole, *groups]

    def for_action(self) -> dict[str, Any]:
        """The keywords of `approvals.actions.comments.write`."""
        return {"place": places.read(self.cleaned_data["place"]), "text": self.cleaned_data["text"]}


class AnswerForm(forms.Form):
    """There is one on the page for each open thread."""

    text = ProseField(label="Answer", max_length=LONGEST, help_text=CALLING, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, thread: int, **rest: Any) -> None:
        super().__init__(*args, auto_id=f"answer-{thread}-%s", **rest)
