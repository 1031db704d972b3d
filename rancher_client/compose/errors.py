"""The ways compose files can be wrong. Each says in which file and line, and what to do about it."""

from __future__ import annotations

LONGEST_TEXT = 600
"""Characters of a sentence; what stands in the file may be much longer."""


class ComposeError(ValueError):
    """A compose file that cannot be used.

    Attributes:
        text: what is wrong, a whole sentence; its middle is left out where it would be long.
        file: name of the file, or None when it is about none in particular.
        line: line in it, counted from 1, or None.
    """

    def __init__(self, text: str, *, file: str | None = None, line: int | None = None) -> None:
        super().__init__(text[:LONGEST_TEXT])
        self.text = _of_bearable_length(text)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        where = self.file or ""
        if self.line is not None:
            where += f", line {self.line}"
        return f"{where}: {self.text}" if where else self.text


class FilesMissing(ComposeError):
    """There is no docker-compose.yml, or no rancher-compose.yml beside it."""


class VariableUnset(ComposeError):
    """A file names a variable that nobody has given a value.

    Attributes:
        variable: its name.
    """

    def __init__(self, variable: str, *, file: str | None, line: int | None) -> None:
        super().__init__(
            f"The variable {variable} has no value; rancher-compose would put an empty text there.",
            file=file,
            line=line,
        )
        self.variable = variable


def _of_bearable_length(text: str) -> str:
    half = LONGEST_TEXT // 2
    return text if len(text) <= LONGEST_TEXT else f"{text[:half]} … {text[-half:]}"
