"""What the tests of the engine share."""

from __future__ import annotations

import pytest

from .lab import Lab


@pytest.fixture
def lab() -> Lab:
    """Three hosts and an empty stack, at the pace of the recordings."""
    return Lab()
