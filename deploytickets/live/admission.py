"""Who may follow what: asked when a stream opens and again while it is open."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connections

from deploytickets.access.queries import visible_environments
from deploytickets.tickets.models import Ticket

BOARD = "board"
TICKET = "ticket:"
MOST_TOPICS = 8

pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live-admission")
"""The ORM is for threads; few are enough, a question takes a millisecond."""


class Admission(Enum):
    """The answer to a wish to follow; the value is the HTTP status of a no."""

    GRANTED = 200
    NOT_SIGNED_IN = 401
    NOT_THERE = 404


@dataclass(frozen=True, slots=True)
class Wish:
    """The topics that a browser session wants to follow."""

    session_key: str
    topics: frozenset[str]


def wish_of(cookie_header: str, topics: list[str]) -> Wish:
    """From the raw headers of the request."""
    try:
        morsel = SimpleCookie(cookie_header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        morsel = None
    return Wish(morsel.value if morsel else "", frozenset(topics[: MOST_TOPICS + 1]))


def admit(wish: Wish) -> Admission:
    """May this session follow these topics, now? Leaves no database connection behind (I14)."""
    try:
        return _admit(wish)
    finally:
        connections.close_all()


def _admit(wish: Wish) -> Admission:
    # PostgreSQL cannot be asked for a NUL: nobody has such a session, nothing is called so.
    if not wish.session_key or "\x00" in wish.session_key:
        return Admission.NOT_SIGNED_IN
    session = import_module(settings.SESSION_ENGINE).SessionStore(wish.session_key)
    # get_user wants a request and looks at its session only; it checks the password's stamp and is_active.
    user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
    if not user.is_authenticated or not user.pk:
        return Admission.NOT_SIGNED_IN
    keys = {topic.removeprefix(TICKET) for topic in wish.topics if topic.startswith(TICKET)}
    known = len(keys) + (BOARD in wish.topics)
    is_readable = not any("\x00" in key for key in keys)
    if not wish.topics or known != len(wish.topics) or known > MOST_TOPICS or not is_readable:
        return Admission.NOT_THERE
    if keys:
        seen = Ticket.objects.filter(key__in=keys, environment__in=visible_environments(user.pk))
        if seen.count() != len(keys):
            return Admission.NOT_THERE
    return Admission.GRANTED
