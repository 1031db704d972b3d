"""How the executor says no to a text."""

from __future__ import annotations


class Refusal(Exception):
    """The text that becomes the stack's `transitioningMessage`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class ExecutorEnded(Exception):
    """The text ends the executor's process (chapter 14, 22b)."""
