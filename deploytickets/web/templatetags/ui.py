"""What every page is made of: icons, times, durations, blocks of containers, links that keep a filter."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext
from lucide.templatetags.lucide import lucide

from deploytickets.tickets.policy import Choice
from deploytickets.tickets.words import ROLES

register = template.Library()

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@register.simple_tag
def icon(name: str, tone: str = "") -> SafeString:
    """A lucide icon in the size of the text; decoration only, the word beside it says the same."""
    return _icon(str(name), str(tone))


@lru_cache(maxsize=256)
def _icon(name: str, tone: str) -> SafeString:
    # Drawn from the wheel's own zip file by name: no user text can reach it.
    return mark_safe(  # noqa: S308
        lucide(
            name, size=None, **{"class": f"ic {tone}".strip(), "aria-hidden": "true", "focusable": "false"}
        )
    )


@register.simple_tag
def ago(when: datetime | None, form: str = "") -> SafeString:
    """How long since `when`, the exact time and zone on hover; `form` "ago" says "5 min ago".

    app.js keeps it current: the words per unit are on <html>.
    """
    if when is None:
        return SafeString("")
    local = timezone.localtime(when)
    since = timezone.now() - when
    return format_html(
        '<time datetime="{}" title="{}" data-{}>{}</time>',
        local.isoformat(timespec="seconds"),
        exact(when),
        "ago" if form == "ago" else "since",
        gettext("%(time)s ago") % {"time": short(since)} if form == "ago" else short(since),
    )


@register.simple_tag
def clock(when: datetime | None, seconds: bool = True) -> SafeString:
    """The time of day; with its date where that is another day."""
    if when is None:
        return SafeString("")
    local = timezone.localtime(when)
    pattern = "H:i:s" if seconds else "H:i"
    if local.date() != timezone.localdate():
        pattern = "n-j H:i"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        exact(when),
        date_format(local, pattern, use_l10n=False),
    )


@register.filter
def exact(when: datetime | None) -> str:
    """2026-11-23 14:08:22 CST, in the zone of the settings."""
    return date_format(timezone.localtime(when), "Y-m-d H:i:s T", use_l10n=False) if when else ""


@register.filter
def short(span: timedelta | None) -> str:
    """A duration in its largest unit: 84 s, 22 min, 3 h, 9 d. Less than two minutes is said in seconds."""
    if span is None:
        return ""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return pgettext("short duration", "%(n)s s") % {"n": seconds}
    if seconds < 120 * 60:
        return pgettext("short duration", "%(n)s min") % {"n": seconds // 60}
    if seconds < 48 * 3600:
        return pgettext("short duration", "%(n)s h") % {"n": seconds // 3600}
    return pgettext("short duration", "%(n)s d") % {"n": seconds // 86400}


@register.filter
def long(span: timedelta | None) -> str:
    """A duration to the second: 1 min 24 s."""
    if span is None:
        return ""
    rest = max(0, int(span.total_seconds()))
    words = {
        "day": pgettext("duration", "%(n)s d"),
        "hour": pgettext("duration", "%(n)s h"),
        "minute": pgettext("duration", "%(n)s min"),
        "second": pgettext("duration", "%(n)s s"),
    }
    parts = []
    for size, name in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(words[name] % {"n": count})
    return " ".join(parts[:2]) or words["second"] % {"n": 0}


@register.simple_tag
def blocks(
    healthy: int, wanted: int, *, starting: int = 0, sick: int = 0, stale: bool = False, label: bool = True
) -> SafeString:
    """One block per wanted container: healthy, starting, unhealthy, missing, or as last seen.

    More than twelve are not drawn, the number beside them says it.
    """
    missing = max(0, wanted - healthy - starting - sick)
    kinds = ["old" if stale else ""] * healthy + ["start"] * starting + ["sick"] * sick + ["none"] * missing
    said = (
        ngettext("%(healthy)s of %(wanted)s healthy", "%(healthy)s of %(wanted)s healthy", wanted)
        % {"healthy": healthy, "wanted": wanted}
        if label
        else ""
    )
    if len(kinds) > 12:
        return format_html('<span class="vh">{}</span>', said)
    drawn = format_html_join("", '<i class="{}"></i>', ((kind,) for kind in kinds))
    return format_html('<span class="blocks" role="img" aria-label="{}">{}</span>', said, drawn)


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The page's own query string with `changes`; None takes a parameter away."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            values.pop(name, None)
        elif isinstance(value, list):
            values.setlist(name, value)
        else:
            values[name] = str(value)
    return f"?{values.urlencode()}" if values else "?"


@register.simple_tag
def chip(word: str, icon_name: str, tone: str) -> SafeString:
    """A state: icon, word and colour, always the three together."""
    return format_html('<span class="chip {}">{}{}</span>', tone, icon(icon_name), word)


@register.filter
def action_template(choice: Choice) -> str:
    """The partial that draws this button."""
    return f"tickets/actions/{choice.action.value}.html"


@register.filter
def role_word(role: str) -> str:
    """A role as people call it."""
    return str(ROLES[role])


@register.filter
def get(mapping: Mapping[str, Any], name: str) -> Any:
    """What a mapping holds under a name; None where it holds nothing."""
    return mapping.get(name)


@register.filter
def widget_kind(field: BoundField) -> str:
    """How a form's field is laid out: a checkbox beside its words, a group of them, or below its label."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "group"
    return "checkbox" if isinstance(widget, CheckboxInput) else "line"
