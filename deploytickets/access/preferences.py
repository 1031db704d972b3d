"""What a person chooses for themselves; no event: it changes nothing for anybody else."""

from django.utils.translation import gettext as _

from deploytickets.access.models import Theme, User
from deploytickets.audit.errors import Invalid

AS_THE_BROWSER = ""


def choose(
    user_id: int, *, language: str | None = None, theme: str | None = None, languages: list[str]
) -> None:
    """Keep the language ("" follows the browser) and the theme ("" follows the system); None leaves as it is.

    Raises Invalid for what is not offered.
    """
    changes = {}
    if language is not None:
        if language not in (AS_THE_BROWSER, *languages):
            raise Invalid({"language": _("There is no such language here.")})
        changes["language"] = language
    if theme is not None:
        if theme not in Theme.values:
            raise Invalid({"theme": _("There is no such theme.")})
        changes["theme"] = theme
    if changes:
        User.objects.filter(pk=user_id).update(**changes)
