"""The root of every way the product can say no."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise


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
