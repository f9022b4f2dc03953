"""Keeps the index of words true: inside each transaction that writes a model, a use case or a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_save

from audit.words import Word, words_of
from registry.models import AIModel, ModelWord, Person, PersonWord, UseCase, UseCaseWord

AT_ONCE = 1000
#: What is found by words: with the words, and what they are taken from.
INDEXES: dict[type[Model], tuple[type[Word], Callable[[Any], str]]] = {
    AIModel: (ModelWord, lambda model: f"{model.name} {model.purpose}"),
    UseCase: (UseCaseWord, lambda use_case: use_case.title),
    Person: (PersonWord, lambda person: f"{person.name} {person.username}"),
}


def listen() -> None:
    for subjects in INDEXES:
        post_save.connect(_saved, sender=subjects)


def fill() -> None:
    """Runs after every migrate: whatever has no words yet gets them."""
    for subjects, (index, said) in INDEXES.items():
        # The keys read whole, since what is read is about what is written.
        wordless = list(subjects.objects.filter(words=None).values_list("pk", flat=True))
        for first in range(0, len(wordless), AT_ONCE):
            some = subjects.objects.filter(pk__in=wordless[first : first + AT_ONCE])
            rows = [_row(index, each, word) for each in some for word in words_of(said(each))]
            index.objects.bulk_create(rows, ignore_conflicts=True)  # two machines may migrate at once


def _saved(sender: type[Model], instance: Model, **_: Any) -> None:
    index, said = INDEXES[sender]
    kept = index.objects.filter(**{index.subject: instance})
    wanted, there = set(words_of(said(instance))), {bytes(word) for word in kept.values_list("word", flat=True)}
    if gone := there - wanted:
        kept.filter(word__in=gone).delete()
    index.objects.bulk_create(_row(index, instance, word) for word in wanted - there)


def _row(index: type[Word], subject: Model, word: bytes) -> Word:
    return index(word=word, **{index.subject: subject})
