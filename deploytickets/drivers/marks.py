"""The label by which our own upgrades are found again: `<MARK_DOMAIN>/attempt` on every config sent.

It holds the token of the attempt (DEPLOY-111/2/0123456789ab). A copied launch config still carries
the mark of the attempt before; it is overwritten, never merged (rancher-1.6-api.md 13.5 step 2).
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings


def mark_label() -> str:
    """The name of the label."""
    return settings.MARK_LABEL


def marked(config: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """The config with this mark instead of any former one."""
    return {**config, "labels": {**(config.get("labels") or {}), mark_label(): mark}}


def mark_of(labels: Mapping[str, Any] | None) -> str:
    """The mark among the labels; "" when nobody of us set one."""
    return str((labels or {}).get(mark_label()) or "")
