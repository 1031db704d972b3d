"""How people and things are listed in a sentence."""

from collections.abc import Iterable

from django.utils.translation import gettext as _


def one_of(names: Iterable[object]) -> str:
    """ "Anna, Bo or Chi"; "nobody yet" when there is none."""
    return _listed([str(name) for name in names], _("%(some)s or %(last)s")) or _("nobody yet")


def all_of(names: Iterable[object]) -> str:
    """ "dev, stage and prod"; "none yet" when there is none."""
    return _listed([str(name) for name in names], _("%(some)s and %(last)s")) or _("none yet")


def in_a_row(parts: Iterable[str]) -> str:
    """ "2 of 3 new healthy; 6 containers on 4 hosts": facts side by side in one line."""
    # Translators: stands between short facts in one line.
    return _("; ").join(parts)


def _listed(names: list[str], pattern: str) -> str:
    if len(names) < 2:
        return "".join(names)
    # Translators: stands between the names of a list of more than two.
    return pattern % {"some": _(", ").join(names[:-1]), "last": names[-1]}
