"""Roles per environment. Each includes those before it; four eyes hold for administrators too."""

from enum import StrEnum


class Role(StrEnum):
    """viewer reads; developer files, verifies; ops approves, starts, verifies, finishes; admin configures."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    OPS = "ops"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        return self.rank >= other.rank
