"""A Docker registry, API version 2: which tags there are, and what a tag stands for.

    image = Reference.parse("registry.example:5000/group/shop:1.0.2")
    registry = Registry(image.registry_address, "reader", password)
    registry.has_tag(image.repository, "1.0.2")
    registry.digest(image.repository, "1.0.2")

Sources: the API's specification (distribution:docs/spec/api.md and docs/spec/auth/token.md) and what a real
registry answers (tests/rancher_client/registry). Errors are those of `rancher_client.errors`.
"""

from rancher_client.registry.answers import Manifest
from rancher_client.registry.reference import Reference
from rancher_client.registry.registry import Registry

__all__ = ["Manifest", "Reference", "Registry"]
