"""Rancher 1.6 ("Cattle", API v2-beta). The contract is rancher-1.6-api.md.

    session = Session(url, access_key, secret_key, project="1a5")
    web = services.get(session, "1s12")

Modules by what they are about: `services`, `stacks`, `hosts`, `history`, `access`, and `subscription` for the
websocket. Values are in `resources`, errors in `rancher_client.errors`.
"""

from rancher_client.cattle.session import Answer, SendBy, Session

__all__ = ["Answer", "SendBy", "Session"]
