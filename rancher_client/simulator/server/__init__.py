"""The HTTP and websocket server around the simulator's engine.

```python
with SimulatorServer() as rancher:
    project, access, secret = rancher.add_project("prod", hosts=3)
    requests.get(f"{rancher.url}/v2-beta/projects/{project}/services", auth=(access, secret))
```
"""

from .faults import Effect, Fault, Faults, Garbage, SocketFault
from .journal import Entry, Journal
from .schemas import Role
from .server import NotLoopback, SimulatorServer

__all__ = [
    "Effect",
    "Entry",
    "Fault",
    "Faults",
    "Garbage",
    "Journal",
    "NotLoopback",
    "Role",
    "SimulatorServer",
    "SocketFault",
]
