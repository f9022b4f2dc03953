"""One page of a list, found by the row it comes after, never by counting rows: deep pages cost what the first costs.

A cursor in the address holds the columns of a row at the page's edge. It is signed together with the order it was
made for, so a cursor that was tampered with, or that belongs to another order, is no page at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.db import models
from django.db.models import Q, QuerySet, Subquery, Value
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, QueryDict

ROWS = 25
MOST_COUNTED = 1000
AFTER, BEFORE = "after", "before"
CURSORS = (AFTER, BEFORE)
SORT = "sort"
NO_BREAK = "\N{NO-BREAK SPACE}"

Order = Sequence[str]


@dataclass(frozen=True)
class Page:
    """`total` is what the whole list has ("60", "1 000+"), `count` the same with its noun; "" when nobody counted."""

    rows: list[Any]
    total: str
    count: str
    previous_url: str
    next_url: str


@dataclass(frozen=True)
class Heading:
    """A column that sorts: the address that sorts by it, and which way it does so now ("up", "down" or "")."""

    url: str
    active: str

    @property
    def aria(self) -> str:
        return {"up": "ascending", "down": "descending"}.get(self.active, "")


@dataclass(frozen=True)
class Choice:
    """One order of a list in words, as it is offered where the headings are not shown."""

    words: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class Sorting:
    """The order that the address asks for, of those a list offers; the first one when it asks for none of them.

    `orders` are columns by name. A name with a minus is the other way of the same name without. `words` say each of
    them to a reader: "Newest first".
    """

    query: QueryDict
    orders: Mapping[str, Order]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def chosen(self) -> str:
        asked = self.query.get(SORT, "")
        return asked if asked in self.orders else self.default

    @property
    def default(self) -> str:
        return next(iter(self.orders))

    @property
    def order(self) -> Order:
        return self.orders[self.chosen]

    @property
    def said(self) -> str:
        """The order the list is in, in words."""
        return self.words.get(self.chosen, "")

    @property
    def choices(self) -> list[Choice]:
        return [Choice(words, self._sorted_by(key), key == self.chosen) for key, words in self.words.items()]

    @property
    def by(self) -> dict[str, Heading]:
        """The headings, by the name of what they sort."""
        return {name: self._heading(name) for name in dict.fromkeys(key.lstrip("-") for key in self.orders)}

    def _heading(self, name: str) -> Heading:
        active = {name: "up", f"-{name}": "down"}.get(self.chosen, "")
        first = next(key for key in self.orders if key.lstrip("-") == name)
        ways = {"up": f"-{name}", "down": name, "": first}
        wanted = ways[active] if ways[active] in self.orders else first
        return Heading(self._sorted_by(wanted), active)

    def _sorted_by(self, key: str) -> str:
        sort = {} if key == self.default else {SORT: key}
        return address(self.query, leave_out=(SORT, *CURSORS), **sort)


@dataclass(frozen=True)
class _Read:
    """`goes_on` in the direction of reading; `total` is 0 when nobody counted."""

    shown: list[Any]
    goes_on: bool
    total: int


def page_of(
    query: QueryDict,
    found: QuerySet,
    order: Order,
    *,
    noun: str = "",
    rows: int = ROWS,
    shown: Callable[[QuerySet], QuerySet] = lambda found: found,
    at_least: int = 0,
) -> Page:
    """The page that `?after=` or `?before=` a cursor asks for, the first one without; it costs the same however deep.

    `order` are columns of the rows as for `order_by`, none of them null, the last one unique. With a `noun` the list
    is counted too, as far as that is cheap; not where it is known to have `at_least` more than anybody counts. `shown`
    says how the rows of this page are read: as named values, the columns of the order among them, or with more beside
    them. Raises Http404 for a cursor that is none of this order.
    """
    side = next((side for side in CURSORS if side in query), "")
    edge = _values(query[side], found.model, order) if side else None
    total = CappedCount(found) if noun and at_least <= MOST_COUNTED else Value(at_least)
    read = _read(found, order, side, edge, rows, total, shown)
    if edge and not read.shown:  # what was there has gone since
        side, read = "", _read(found, order, "", None, rows, total, shown)
    has_previous, has_next = (read.goes_on, True) if side == BEFORE else (side == AFTER, read.goes_on)
    return Page(
        rows=read.shown,
        total=in_digits(read.total) if noun else "",
        count=f"{in_digits(read.total)} {noun if read.total == 1 else noun + 's'}" if noun else "",
        previous_url=_beside(query, found.model, read.shown[0], order, BEFORE) if has_previous and read.shown else "",
        next_url=_beside(query, found.model, read.shown[-1], order, AFTER) if has_next and read.shown else "",
    )


def address(query: QueryDict, *, leave_out: Sequence[str] = (), **added: object) -> str:
    """The query as an address relative to this page, without some of its keys and with others."""
    kept = QueryDict(mutable=True)
    for key, value in query.items():
        if value and key not in leave_out and key not in added:
            kept[key] = value
    for key, value in added.items():
        kept[key] = str(value)
    return f"?{kept.urlencode()}"


class CappedCount(Subquery):
    """How many rows a queryset has; MOST_COUNTED + 1 when there are more than that. One statement takes several."""

    output_field = models.IntegerField()
    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"

    def __init__(self, found: QuerySet) -> None:
        super().__init__(found.order_by().values("pk")[: MOST_COUNTED + 1])


def in_digits(number: int) -> str:
    """A capped count for readers: "60", "1 000+"."""
    shown = f"{min(number, MOST_COUNTED):,}".replace(",", NO_BREAK)
    return f"{shown}+" if number > MOST_COUNTED else shown


def _read(
    found: QuerySet,
    order: Order,
    side: str,
    edge: list[Any] | None,
    rows: int,
    total: Subquery | Value,
    shown_as: Callable[[QuerySet], QuerySet],
) -> _Read:
    """Which rows they are and how many there are of all in one statement, the rows themselves in another.

    What is sorted, and what is passed over, is so no wider than it has to be, and the second statement begins at a few
    keys, which every engine does well whatever else the list is made of. It asks the conditions again, so that what has
    changed meanwhile is not shown.
    """
    direction = _reversed(order) if side == BEFORE else order
    beyond = found.filter(_beyond(direction, edge)) if edge else found
    keys = list(beyond.order_by(*direction).annotate(_total=total).values_list("pk", "_total")[: rows + 1])
    of_page = found.filter(pk__in=[key for key, _ in keys[:rows]])
    shown = list(shown_as(of_page).order_by(*direction)) if keys else []
    return _Read(shown[::-1] if side == BEFORE else shown, len(keys) > rows, keys[0][1] if keys else 0)


def _reversed(order: Order) -> Order:
    return [column[1:] if column.startswith("-") else f"-{column}" for column in order]


def _beyond(order: Order, edge: Sequence[Any]) -> Q:
    """What comes after the edge: the first column says so, or where it ties, the ones after it.

    Each level names its own bound first, so that an index on these columns is entered where the page begins.
    """
    column, *rest = order
    name, comparison = (column[1:], "lt") if column.startswith("-") else (column, "gt")
    further = Q(**{f"{name}__{comparison}": edge[0]})
    if not rest:
        return further
    tied = Q(**{name: edge[0]}) & _beyond(rest, edge[1:])
    return Q(**{f"{name}__{comparison}e": edge[0]}) & (further | tied)


def _beside(query: QueryDict, model: type[models.Model], row: Any, order: Order, side: str) -> str:
    values = [_plain(_value(row, column.lstrip("-"))) for column in order]
    return address(query, leave_out=CURSORS, **{side: _signer(model, order).sign_object(values)})


def _value(row: Any, column: str) -> Any:
    for name in column.split(LOOKUP_SEP):
        row = getattr(row, name)
    return row


def _plain(value: Any) -> Any:
    """Dates, moments and ids as text, which their columns read back exactly."""
    return value if isinstance(value, str | int) else str(value)


def _values(cursor: str, model: type[models.Model], order: Order) -> list[Any]:
    try:
        return _signer(model, order).unsign_object(cursor)
    except (signing.BadSignature, ValueError) as error:
        raise Http404("There is no such page.") from error


def _signer(model: type[models.Model], order: Order) -> signing.Signer:
    return signing.Signer(salt=f"audit.paging:{model._meta.label_lower}:{','.join(order)}")
