"""The root of every way the product can say no, and the two kinds that every app knows."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _


class DomainError(Exception):
    """A no, with a sentence for the person: what happened, what was not lost, what to do.

    Each app's `errors.py` holds its own kinds, one per thing the caller would do differently;
    `deploytickets/problems.py` gives each its HTTP status and title. `facts` are shown to API
    callers beside the sentence (snake_case keys, JSON values, no secrets).
    """

    def __init__(self, sentence: str | Promise, **facts: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts: Mapping[str, Any] = facts


class Unknown(DomainError):
    """There is no such thing, or none that the asker may know of; the sentence names what there is."""


class Invalid(DomainError):
    """What was given does not fit; `fields` holds a sentence for each field that has to be changed."""

    def __init__(self, fields: Mapping[str, str | Promise]) -> None:
        sentences = {name: str(sentence) for name, sentence in fields.items()}
        super().__init__(
            " ".join(sentences.values()) or _("What was given does not fit. Nothing was saved."),
            fields=sentences,
        )
        self.fields: Mapping[str, str] = sentences
