"""What is found by its words: an index beside it, made of what it says, and what is asked of such an index."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

LONGEST = 60
MOST_ASKED = 8
#: The most subjects that a condition names by their keys, counted by the words that have found them.
MOST_NAMED = 1000
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
    """A room that has such an index keeps its rows; see `audit.names` and `registry.search`."""

    #: The column that says what has the word.
    subject: ClassVar[str]

    word = models.BinaryField(max_length=4 * LONGEST)

    objects = WordQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return bytes(self.word).decode()


def few_having(text: str, words: type[Word]) -> set[Any] | None:
    """The keys of the subjects that have all words of `text`, none when there is no word in it. None when they are too
    many to be named: then they are so close together that asking each subject in turn fills a page soon."""
    keys = [*keys_having(text, words)[: MOST_NAMED + 1]]
    return set(keys) if len(keys) <= MOST_NAMED else None


def keys_having(text: str, words: type[Word]) -> QuerySet:
    """The same as rows, in no order and some of them more than once."""
    # The longest one first, since long words are rare ones: an engine that takes them in turn has least to look at.
    asked = sorted(asked_of(text), key=len, reverse=True)
    if not asked:
        return words.objects.none().values_list(words.subject, flat=True)
    having_others = [_beginning_with(word, words, of=words.subject) for word in asked[1:]]
    return words.objects.beginning_with(asked[0]).filter(*having_others).values_list(words.subject, flat=True)


def having(text: str, words: type[Word], *, of: str = "pk") -> Q:
    """All words of `text`, as a condition asked of each row about the subject that its column `of` names. Nothing has
    them when there is no word in it."""
    asked = asked_of(text)
    return Q(*[_beginning_with(word, words, of=of) for word in asked]) if asked else Q(pk__in=[])


def _beginning_with(word: bytes, words: type[Word], *, of: str) -> Exists:
    return Exists(words.objects.beginning_with(word).filter(**{words.subject: OuterRef(of)}))
