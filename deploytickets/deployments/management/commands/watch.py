"""`manage.py watch`: the watcher process. Any number may run; one is active, the others stand by."""

import os
import signal
import socket
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from deploytickets.deployments.watcher import Watcher


class Command(BaseCommand):
    help = "Follow what Rancher does with our upgrades, and tell the live pages."

    def handle(self, *args: Any, **options: Any) -> None:
        watcher = Watcher(f"{socket.gethostname()}:{os.getpid()}")

        def stop(_signal: int, _frame: FrameType | None) -> None:
            watcher.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        watcher.run()
