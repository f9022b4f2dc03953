"""Keeps the index of words true: inside each transaction that writes a model or a use case."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.signals import post_save

from audit.words import Word, words_of
from registry.models import AIModel, ModelWord, UseCase, UseCaseWord

AT_ONCE = 1000
INDEXES: list[type[Word]] = [ModelWord, UseCaseWord]


def listen() -> None:
    post_save.connect(_model_saved, sender=AIModel)
    post_save.connect(_use_case_saved, sender=UseCase)


def fill() -> None:
    """Runs after every migrate: whatever has no words yet gets them."""
    for index in INDEXES:
        without = index._meta.get_field(index.subject).remote_field.model.objects.filter(words=None).order_by("pk")
        last = 0
        while some := list(without.filter(pk__gt=last)[:AT_ONCE]):
            last = some[-1].pk  # some have no word at all
            rows = [_row(index, each, word) for each in some for word in words_of(said(each))]
            index.objects.bulk_create(rows, ignore_conflicts=True)  # two machines may migrate at once


def said(subject: AIModel | UseCase) -> str:
    return f"{subject.name} {subject.purpose}" if isinstance(subject, AIModel) else subject.title


def _model_saved(instance: AIModel, **_: Any) -> None:
    _keep(ModelWord, instance)


def _use_case_saved(instance: UseCase, **_: Any) -> None:
    _keep(UseCaseWord, instance)


def _keep(index: type[Word], subject: AIModel | UseCase) -> None:
    kept: QuerySet = index.objects.filter(**{index.subject: subject})
    wanted, there = set(words_of(said(subject))), {bytes(word) for word in kept.values_list("word", flat=True)}
    if gone := there - wanted:
        kept.filter(word__in=gone).delete()
    index.objects.bulk_create(_row(index, subject, word) for word in wanted - there)


def _row(index: type[Word], subject: Model, word: bytes) -> Word:
    return index(word=word, **{index.subject: subject})
