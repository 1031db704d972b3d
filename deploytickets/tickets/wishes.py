"""What a ticket may ask for: the checks on everything that people and CI type in. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from deploytickets.audit.errors import Invalid

VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""What Docker takes as a tag."""

# What git refuses in a ref name: control characters, blanks, and what its own syntax uses.
_BRANCH = re.compile(r"(?!.*\.\.)(?!/)[^\s\x00-\x20\x7f~^:?*\[\\]{1,200}(?<!/)(?<!\.lock)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

MAX_DESCRIPTION = 10_000
MAX_REASON = 500
MAX_NOTE = 1000
MAX_VERIFICATION_NOTE = 2000
MAX_COMMENT = 10_000
MAX_LINKS = 20
MAX_LINK = 500
MAX_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the ticket asks for, apart from application and environment."""

    version: str
    branch: str
    description: str
    links: tuple[str, ...]
    scheduled_for: datetime | None
    is_emergency: bool
    emergency_reason: str


def check(wish: Wish, *, now: datetime, schedule_is_new: bool = True) -> None:
    """Raises Invalid with a sentence for every field that does not fit."""
    fields = {
        "version": _version_problem(wish.version),
        "branch": _branch_problem(wish.branch),
        "description": text_problem(wish.description, MAX_DESCRIPTION),
        "links": _links_problem(wish.links),
        "scheduled_for": _schedule_problem(wish.scheduled_for, now) if schedule_is_new else "",
        "emergency_reason": _emergency_problem(wish),
    }
    problems = {name: sentence for name, sentence in fields.items() if sentence}
    if problems:
        raise Invalid(problems)


def check_text(name: str, text: str, *, at_most: int, is_needed: bool = False) -> str:
    """The text without blanks around it. Raises Invalid: too long, unreadable, or needed and empty."""
    text = text.strip()
    problem = text_problem(text, at_most)
    if not problem and is_needed and not text:
        problem = _("Please say why.") if name == "reason" else _("Please write something.")
    if problem:
        raise Invalid({name: problem})
    return text


def text_problem(text: str, at_most: int) -> str:
    """Why the text cannot be kept, or "" when it can."""
    if len(text) > at_most:
        return _("At most %(count)d characters, please; these are %(given)d.") % {
            "count": at_most,
            "given": len(text),
        }
    if _CONTROL.search(text):
        return _("The text holds characters that cannot be shown.")
    return ""


def _version_problem(version: str) -> str:
    if not version:
        return _("Please give a version, or a branch that stands for one.")
    if not VERSION.fullmatch(version):
        return _("A version is an image tag: letters, digits, dots, dashes and underscores, at most 128.")
    return ""


def _branch_problem(branch: str) -> str:
    if branch and not _BRANCH.fullmatch(branch):
        return _("This is no name of a git branch.")
    return ""


def _links_problem(links: Sequence[str]) -> str:
    if len(links) > MAX_LINKS:
        return _("At most %(count)d links, please.") % {"count": MAX_LINKS}
    if not all(_is_web_address(link) for link in links):
        return _("A link is a whole address that begins with https:// or http:// and holds no password.")
    return ""


def _is_web_address(link: str) -> bool:
    if len(link) > MAX_LINK or re.search(r"[\s\x00-\x20\x7f\ud800-\udfff]", link):
        return False
    try:
        parts = urlsplit(link)
        hostname = parts.hostname
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(hostname) and "@" not in parts.netloc


def _schedule_problem(scheduled_for: datetime | None, now: datetime) -> str:
    if scheduled_for is None:
        return ""
    if scheduled_for.tzinfo is None:
        return _("A time needs its zone.")
    if scheduled_for <= now:
        return _("This time is over. Leave it empty to start as soon as it is approved.")
    if scheduled_for > now + MAX_AHEAD:
        return _("A ticket is scheduled for a year ahead at most.")
    return ""


def _emergency_problem(wish: Wish) -> str:
    if wish.is_emergency and not wish.emergency_reason.strip():
        return _("An emergency needs a reason; the audit log shows it.")
    return text_problem(wish.emergency_reason, MAX_REASON)
