"""Which settings pages there are."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the settings' own navigation."""

    url_name: str
    word: str | Promise
    icon: str
    is_current: bool = False


_SECTIONS = (
    ("settings-servers", _("Rancher servers"), "server"),
    ("settings-environments", _("Environments"), "layers"),
    ("settings-applications", _("Applications"), "box"),
    ("settings-placements", _("Placements"), "map-pin"),
    ("settings-people", _("People and roles"), "users-round"),
)


def sections_of(current: str) -> list[Section]:
    """All of them, the present one marked."""
    return [Section(name, word, icon, name == current) for name, word, icon in _SECTIONS]
