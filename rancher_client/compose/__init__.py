"""docker-compose and rancher-compose files of Rancher 1.6: find, load, fill in, translate, compare.

files = find("java-service-1", repository=checkout, shared=Path("/opt/abc/dockerfiles"))
wanted = compose(files.docker_compose, files.rancher_compose, {"VERSION": "1.0.1"})
changes(stored_launch_config, wanted.services[0].launch_config)
"""

from rancher_client.compose.composition import ComposedService, Composition, VolumeTemplate, compose
from rancher_client.compose.diff import Change, ChangeKind, changes
from rancher_client.compose.errors import ComposeError, FilesMissing, VariableUnset
from rancher_client.compose.find import ComposeFiles, find

__all__ = [
    "Change",
    "ChangeKind",
    "ComposeError",
    "ComposeFiles",
    "ComposedService",
    "Composition",
    "FilesMissing",
    "VariableUnset",
    "VolumeTemplate",
    "changes",
    "compose",
    "find",
]
