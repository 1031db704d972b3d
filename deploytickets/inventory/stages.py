"""How a version fared in the environment before, in order of promotion."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageBefore:
    """The environment before this one, and whether the version was brought to its end there."""

    environment: str
    is_finished_there: bool
