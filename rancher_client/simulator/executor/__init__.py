"""What the compose executor of Rancher 1.6 makes of compose texts (rancher-1.6-api.md 3.4, 10.2, 10.4, 10.6).

`rancher_client.compose` translates; what the executor takes more lightly than that strict reader, and the
words in which it refuses, are here and nowhere else. Pure: texts in, services or a refusal out; what it does
about them on the server is in `engine/executor*.py`.

Source: rancher-compose-executor v0.14.30, config/, template/, lookup/, rancher/.
"""

from .hashes import HASH, Hashes
from .reading import Wanted, read
from .refusal import ExecutorEnded, Refusal
from .wanted import WantedService

__all__ = ["HASH", "ExecutorEnded", "Hashes", "Refusal", "Wanted", "WantedService", "read"]
