"""The engine of the Rancher 1.6 simulator: rows, rules and a virtual clock, without HTTP.

```python
engine = Engine(seed=7, start=1_500_000_000.0)
project = engine.create("project", {"name": "Default", "state": "active"}, project=None)
for _ in range(3):
    engine.create("host", {}, project=project)
stack = engine.create("stack", {"name": "shop"}, project=project)
web = engine.create(
    "service",
    {"name": "web", "stackId": stack, "scale": 3, "startOnCreate": True,
     "launchConfig": {"imageUuid": "docker:registry/shop:1"}},
    project=project,
)
engine.advance(engine.now + 60)
engine.act("service", web, "upgrade", {"inServiceStrategy": {...}})
```
"""

from .engine import Engine
from .images import Behaviour, Images
from .levers import Levers
from .model import BAD, GONE, RUNS, Ref
from .races import Outcome
from .refusals import Refused
from .services import KEEPS_CONFIGS
from .timing import ComposeExecutor, Site, Timing

__all__ = [
    "BAD",
    "GONE",
    "KEEPS_CONFIGS",
    "RUNS",
    "Behaviour",
    "ComposeExecutor",
    "Engine",
    "Images",
    "Levers",
    "Outcome",
    "Ref",
    "Refused",
    "Site",
    "Timing",
]
