"""Whole lists, however many pages they take (rancher-1.6-api.md 1.6).

A marker is a plain offset, so a row removed between two pages shifts the later ones and one is skipped. Each
further page therefore begins one row early: when that row is not the last one of the page before, the list
has moved and is read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.session import Params, Session
from rancher_client.errors import Unusable

ROWS_PER_PAGE = 1000
"""Rancher's own limit is 3000; its default of 100 makes ten times the requests."""

MOST_ROWS = 100_000
"""Rows after which a list is taken for endless."""

TRIES = 5
"""How often a list that moves while it is read is begun anew."""

_T = TypeVar("_T")
_Rows = dict[str, Mapping[str, Any]]
_OFFSET = re.compile(r"m([0-9]{1,9})")


class _Moved(Exception):
    """A row went while the list was being read."""


def read_all(
    session: Session,
    *path: str,
    parse: Callable[[Mapping[str, Any]], _T],
    params: Params | None = None,
    rows_per_page: int = ROWS_PER_PAGE,
    scoped: bool = True,
) -> list[_T]:
    """Every row of the list at `path` once, in Rancher's order; `params` are filters and `include`.

    Unknown filters are ignored by Rancher and bring the whole list (trap 9): check what matters on the rows.
    `scoped=False` reads outside the project.

    Raises what `Session.read` raises; Unusable also for a list that has no end or never holds still.
    """
    wanted: dict[str, str | int | bool] = {**(params or {}), "limit": rows_per_page}
    build = session.url if scoped else session.unscoped_url
    for _ in range(TRIES):
        try:
            rows = _rows(session, lambda marker: build(*path, params=wanted | marker))
        except _Moved:
            continue
        return [_parsed(parse, row, build(*path)) for row in rows.values()]
    raise Unusable("The list changed under every attempt to read it.", method="GET", url=build(*path))


def newest(
    session: Session,
    *path: str,
    parse: Callable[[Mapping[str, Any]], _T],
    params: Params,
    limit: int,
    scoped: bool = True,
) -> list[_T]:
    """The first page of a list that `params` sort and filter, at most `limit` rows."""
    build = session.url if scoped else session.unscoped_url
    url = build(*path, params={**params, "limit": limit})
    rows, _ = session.read(url, _page)
    return [_parsed(parse, row, url) for row in rows.values()]


def _rows(session: Session, url: Callable[[dict[str, str]], str]) -> _Rows:
    """All rows by id. Raises _Moved when a row went between two pages."""
    found: _Rows = {}
    present = url({})
    expected: str | None = None
    seen_markers: set[str] = set()
    while True:
        rows, marker = session.read(present, _page)
        if expected is not None and next(iter(rows), None) != expected:
            raise _Moved
        found |= rows
        if marker is None:
            return found
        if marker in seen_markers or len(found) > MOST_ROWS or not rows:
            raise Unusable("The list has no end.", method="GET", url=present)
        seen_markers.add(marker)
        overlapping = _one_row_earlier(marker)
        expected = None if overlapping == marker else next(reversed(rows))
        present = url({"marker": overlapping})


def _page(body: Mapping[str, Any]) -> tuple[_Rows, str | None]:
    """The rows of a page and the marker of the next one. The link's host is not ours to trust (trap 33)."""
    fields = Fields(body, "list")
    if fields.text("type") != "collection" or not fields.has("data"):
        raise Unusable("Rancher's answer is no list.")
    rows = {Fields(row, "row").text("id"): row for row in fields.mappings("data")}
    pagination = Fields(fields.mapping("pagination"), "pagination")
    following = pagination.text_or_none("next")
    if following is None:
        if pagination.flag("partial"):
            raise Unusable("Rancher's list says that it is cut, but not how it goes on.")
        return rows, None
    markers = parse_qs(urlsplit(following).query).get("marker", [])
    if len(markers) != 1:
        raise Unusable("Rancher's link to the next page has no marker.")
    return rows, markers[0]


def _one_row_earlier(marker: str) -> str:
    """The marker one row before, or `marker` itself when it is not of the form we know."""
    offset = _OFFSET.fullmatch(marker)
    return f"m{int(offset[1]) - 1}" if offset and int(offset[1]) > 0 else marker


def _parsed(parse: Callable[[Mapping[str, Any]], _T], row: Mapping[str, Any], url: str) -> _T:
    try:
        return parse(row)
    except Unusable as error:
        error.method, error.url = "GET", url
        raise
