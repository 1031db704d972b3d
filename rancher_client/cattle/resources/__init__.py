"""What Rancher 1.6 answers, as frozen values, a module for each thing that there is (rancher-1.6-api.md 1.5).

`parse` takes a decoded body and raises Unusable where a field has another type than the contract says.
States stay texts, since a state that we do not know must be shown and not refused (13.5, row 2). What may be
a secret (variables, commands, bodies of the audit log) is in no `repr`.
"""

from rancher_client.cattle.resources.certificates import Certificate
from rancher_client.cattle.resources.containers import Container
from rancher_client.cattle.resources.endpoints import PublicEndpoint
from rancher_client.cattle.resources.history import AuditRow, ServiceLog
from rancher_client.cattle.resources.hosts import Host, RegistrationToken
from rancher_client.cattle.resources.keys import ApiKey
from rancher_client.cattle.resources.launch_configs import (
    LAUNCH_CONFIG_LABEL,
    NO_IMAGE,
    PRIMARY_LAUNCH_CONFIG,
    LaunchConfig,
    image_of,
    labels_of,
    version_of,
)
from rancher_client.cattle.resources.load_balancers import LbConfig, PortRule
from rancher_client.cattle.resources.processes import ProcessFailure, ProcessInstance, ProcessRun
from rancher_client.cattle.resources.projects import Member, Project
from rancher_client.cattle.resources.pulls import PullTask
from rancher_client.cattle.resources.services import Service
from rancher_client.cattle.resources.stacks import ComposeTexts, Stack
from rancher_client.cattle.resources.states import ServiceState, Transitioning
from rancher_client.cattle.resources.upgrades import InServiceStrategy, UpgradeBlock

__all__ = [
    "LAUNCH_CONFIG_LABEL",
    "NO_IMAGE",
    "PRIMARY_LAUNCH_CONFIG",
    "ApiKey",
    "AuditRow",
    "Certificate",
    "ComposeTexts",
    "Container",
    "Host",
    "InServiceStrategy",
    "LaunchConfig",
    "LbConfig",
    "Member",
    "PortRule",
    "ProcessFailure",
    "ProcessInstance",
    "ProcessRun",
    "Project",
    "PublicEndpoint",
    "PullTask",
    "RegistrationToken",
    "Service",
    "ServiceLog",
    "ServiceState",
    "Stack",
    "Transitioning",
    "UpgradeBlock",
    "image_of",
    "labels_of",
    "version_of",
]
