"""docker-compose and rancher-compose files of Rancher 1.6: find, load, fill in, translate, compare.

files = find("java-service-1", repository=checkout, shared=Path("/opt/abc/dockerfiles"))
wanted = compose(files.docker_compose, files.rancher_compose, {"VERSION": "1.0.1"})
changes(stored_launch_config, wanted.services[0].launch_config)
"""

from rancher_client.compose.composed import ComposedService, Composition, Kind, VolumeTemplate
from rancher_client.compose.composition import compose
from rancher_client.compose.diff import Change, ChangeKind, changes
from rancher_client.compose.errors import ComposeError, FilesMissing, VariableUnset
from rancher_client.compose.find import ComposeFiles, find
from rancher_client.compose.load_balancers import LoadBalancer, PortRule
from rancher_client.compose.service_diff import ServiceDiff, service_diff

__all__ = [
    "Change",
    "ChangeKind",
    "ComposeError",
    "ComposeFiles",
    "ComposedService",
    "Composition",
    "FilesMissing",
    "Kind",
    "LoadBalancer",
    "PortRule",
    "ServiceDiff",
    "VariableUnset",
    "VolumeTemplate",
    "changes",
    "compose",
    "find",
    "service_diff",
]
