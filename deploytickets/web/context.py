"""What every page shows: the pages there are, what waits for me, the texts that scripts need."""

import json
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from deploytickets.access.models import Grant
from deploytickets.access.roles import Role


@dataclass(frozen=True, slots=True)
class Page:
    """An entry of the top bar. `key` follows "g"; `url_name` begins the names of the pages below it."""

    url_name: str
    word: str | Promise
    key: str = ""


PAGES = (Page("board", _("Board"), "b"), Page("tickets", _("Tickets"), "t"))
ADMIN_PAGES = (Page("settings", _("Settings"), "s"),)


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """The context of base.html. Costs nothing until a template looks at it."""
    context: dict[str, Any] = {
        "languages": settings.LANGUAGES,
        "script_texts": SimpleLazyObject(_script_texts),
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    name = request.resolver_match.url_name or "" if request.resolver_match else ""
    return context | {
        "section": {"ticket": "tickets"}.get(name.partition("-")[0], name.partition("-")[0]),
        "pages": SimpleLazyObject(lambda: _pages(user.pk)),
        "waiting_count": SimpleLazyObject(lambda: len(cast(Any, request).waiting)),
    }


def _pages(user_id: int) -> tuple[Page, ...]:
    """The pages that this person can open."""
    is_admin = Grant.objects.filter(user_id=user_id, role=Role.ADMIN).exists()
    return PAGES + (ADMIN_PAGES if is_admin else ())


def _script_texts() -> str:
    """What app.js says, in the reader's language, as JSON for an attribute."""
    return json.dumps(
        {
            "s": pgettext("short duration", "%(n)s s"),
            "min": pgettext("short duration", "%(n)s min"),
            "h": pgettext("short duration", "%(n)s h"),
            "d": pgettext("short duration", "%(n)s d"),
            "ago": gettext("%(time)s ago"),
            "live_on": gettext("live"),
            "live_slow": gettext("looked up every few seconds; live updates are away"),
            "unreachable": gettext(
                "The server did not answer. It is not known whether it took your decision: "
                "reload the page to see how the ticket stands before you try again."
            ),
            "broken": gettext(
                "Something went wrong on the server; the fault has been logged. "
                "Reload the page to see how the ticket stands before you try again."
            ),
        },
        ensure_ascii=False,
    )
