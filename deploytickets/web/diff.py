"""A plan as rows of a table: what, now, will be. Pure.

Reads the form of `deployments.shown`, which is already masked: nothing secret comes here.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploytickets.access.naming import all_of

_WORDS: dict[str, str | Promise] = {
    "variable": gettext_lazy("Variable"),
    "label": gettext_lazy("Label"),
    "port": gettext_lazy("Port"),
    "volume": gettext_lazy("Volume"),
    "health_check": gettext_lazy("Health check"),
    "metadata": gettext_lazy("Metadata"),
    "setting": gettext_lazy("Setting"),
}
_TOKEN = re.compile(r"\w+|\W")


@dataclass(frozen=True, slots=True)
class Side:
    """A value, with the part that differs from the other side apart; `word` instead of a value."""

    head: str = ""
    changed: str = ""
    tail: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One difference."""

    what: str
    entry: str
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class ServiceDiff:
    """One service of the plan. `same` are words about what stays, `sentence` what happens to it."""

    name: str
    sentence: str
    rows: Sequence[Row]
    same: Sequence[str]
    is_unchanged: bool


def services_of(shown: Mapping[str, Any]) -> list[ServiceDiff]:
    """The services of the plan, those that change first."""
    stack = str(shown.get("stack", ""))
    found = [_service(service, stack) for service in shown.get("services", ())]
    return sorted(found, key=lambda service: service.is_unchanged)


def version_before(shown: Mapping[str, Any], version: str) -> str:
    """The version that runs before, as far as one image becomes the wanted version; "" when there is none."""
    for service in shown.get("services", ()):
        for image in service.get("images", ()):
            before, after = str(image.get("before") or ""), str(image.get("after") or "")
            if before and _tag(after) == version:
                return _tag(before)
    return ""


def _service(service: Mapping[str, Any], stack: str) -> ServiceDiff:
    return ServiceDiff(
        name=f"{stack}/{service['name']}",
        sentence=_sentence(service),
        rows=list(_rows(service)),
        same=list(_same(service)),
        is_unchanged=service["action"] == "unchanged",
    )


def _sentence(service: Mapping[str, Any]) -> str:
    if service["action"] == "created":
        return _("is made new; rolling back removes it")
    if service["action"] == "unchanged":
        return _("stays as it is")
    return (
        _("is upgraded, %(how)s") % {"how": _how(service["batches"])}
        if service.get("batches")
        else _("is upgraded")
    )


def _how(batches: Mapping[str, Any]) -> str:
    size = int(batches["size"])
    many = ngettext("%(n)s at a time", "%(n)s at a time", size) % {"n": size}
    return f"{many}, {_('start first') if batches['start_first'] else _('stop first')}"


def _rows(service: Mapping[str, Any]) -> Iterator[Row]:
    for image in service.get("images", ()):
        before, after = image.get("before"), str(image.get("after") or "")
        if before != after:
            yield _image(str(image.get("config", "")), before, after)
    for change in service.get("changes", ()):
        yield _change(change)
    for name in service.get("removed_sidekicks", ()):
        yield Row(_("Sidekick"), name, Side(changed=_("runs")), Side(word=_("removed")))


def _image(config: str, before: str | None, after: str) -> Row:
    what = _("Image") if not config else _("Image of %(sidekick)s") % {"sidekick": config}
    repository = _repository(after)
    if before is None:
        return Row(what, repository, Side(word=_("not there")), Side(changed=_rest(after, repository)))
    if _repository(before) == repository:
        return Row(what, repository, _tagged(before, repository), _tagged(after, repository))
    return Row(what, "", *_sides(before, after))


def _tagged(image: str, repository: str) -> Side:
    """The tag is what people compare; a digest behind it only makes sure."""
    tag, at, digest = _rest(image, repository).partition("@")
    return Side(changed=tag, tail=f" {at} {digest}" if at else "")


def _change(change: Mapping[str, Any]) -> Row:
    what = str(_WORDS.get(change["what"], change["what"]))
    if change.get("config"):
        what = _("%(what)s of %(sidekick)s") % {"what": what, "sidekick": change["config"]}
    entry = str(change.get("entry") or "")
    before, after = _text(change.get("before")), _text(change.get("after"))
    if change["kind"] == "added":
        return Row(
            what, entry, Side(word=_("not set")), Side(changed=after) if after else Side(word=_("empty"))
        )
    if change["kind"] == "removed":
        return Row(what, entry, Side(changed=before), Side(word=_("removed")))
    if before == after:
        return Row(what, entry, Side(changed=before), Side(tail=after, word=_("changed, hidden")))
    return Row(what, entry, *_sides(before, after))


def _same(service: Mapping[str, Any]) -> Iterator[str]:
    if service.get("is_global"):
        yield _("one on every host that fits, %(n)s now") % {"n": service["scale"]}
    else:
        yield _("scale %(n)s") % {"n": service["scale"]}
    yield _("with a health check") if service.get("has_health_check") else _("no health check")
    if service.get("kept_sidekicks"):
        yield _("sidekick %(names)s stays") % {"names": all_of(service["kept_sidekicks"])}
    if service.get("dragged_sidekicks"):
        yield _("sidekick %(names)s is started anew with it, unchanged") % {
            "names": all_of(service["dragged_sidekicks"])
        }
    if service.get("depends_on"):
        yield _("after %(names)s") % {"names": all_of(service["depends_on"])}


def _sides(before: str, after: str) -> tuple[Side, Side]:
    """Both values with what they have in common at either end set apart, by whole words."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return _side(old, head, tail), _side(new, head, tail)


def _side(tokens: Sequence[str], head: int, tail: int) -> Side:
    end = len(tokens) - tail
    return Side("".join(tokens[:head]), "".join(tokens[head:end]), "".join(tokens[end:]))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _repository(image: str) -> str:
    """Without digest and tag; a colon before a slash belongs to a port."""
    name = image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name


def _rest(image: str, repository: str) -> str:
    return image.removeprefix(repository).removeprefix(":") or _("no tag")


def _tag(image: str) -> str:
    return image.partition("@")[0].removeprefix(_repository(image)).removeprefix(":")
