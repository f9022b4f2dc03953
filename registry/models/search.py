"""The words that models and use cases are found by: an index beside them, made of what stands in their rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from django.db import models
from django.db.models import Q, QuerySet

LONGEST = 60
MOST_ASKED = 8
_word = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[bytes]:
    """What `text` is found by: from the beginning of each word as far as there is no space.

    A name of several words, “claim-triage”, is so found by each of them and by what is typed of the whole. Without
    capitals; what is one letter in another guise is that letter. As bytes, which every engine sorts alike, so that a
    range of them is what begins with something.
    """
    found = (chunk[word.start() :] for chunk in _plain(text).split() for word in _word.finditer(chunk))
    return [*dict.fromkeys(_kept(word) for word in found)]


def asked_of(text: str) -> list[bytes]:
    """The beginnings that somebody asks for who types `text`: one for each word between spaces.

    Of the first few: each is a condition of its own, and a database takes only so many.
    """
    found = [(chunk, [*_word.finditer(chunk)]) for chunk in _plain(text).split()]
    asked = dict.fromkeys(_kept(chunk[words[0].start() : words[-1].end()]) for chunk, words in found if words)
    return [*asked][:MOST_ASKED]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _kept(word: str) -> bytes:
    return word[:LONGEST].encode()


class WordQuerySet(models.QuerySet):
    def beginning_with(self, word: bytes) -> WordQuerySet:
        """UTF-8 has no byte FF, so it stands behind whatever goes on."""
        return self.filter(word__gte=word, word__lt=word + b"\xff")


class Word(models.Model):
    """`registry.search` keeps these rows."""

    word = models.BinaryField(max_length=4 * LONGEST)

    objects = WordQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return bytes(self.word).decode()


class ModelWord(Word):
    """A word of a model's name or purpose."""

    model = models.ForeignKey("registry.AIModel", on_delete=models.PROTECT, related_name="words")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "model"], name="word_of_model_once")]


class UseCaseWord(Word):
    """A word of a use case's title."""

    use_case = models.ForeignKey("registry.UseCase", on_delete=models.PROTECT, related_name="words")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "use_case"], name="word_of_use_case_once")]


def with_words(text: str, words: type[Word], subject: str) -> Iterator[Q]:
    """A condition for each word of `text`: that the subject has one that begins so."""
    for word in asked_of(text):
        found: QuerySet = words._default_manager.beginning_with(word)
        yield Q(pk__in=found.values(subject))
