"""Rancher 1.6 ("Cattle", API v2-beta and v1). The contract is rancher-1.6-api.md.

    session = Session(url, access_key, secret_key, project="1a5")
    web = services.get(session, "1s12")

Modules by what they are about: `projects`, `hosts`, `stacks`, `services` (and `kinds` of them), `containers`
with their `logs` and `stats`; `pulls`, `certificates`, `keys`, `access` of a key; `history`, `processes` and
`exits` for why something went as it did; `subscription` for changes. Values are in `resources`, errors in
`rancher_client.errors`.
"""

from rancher_client.cattle.session import Answer, ApiVersion, SendBy, Session

__all__ = ["Answer", "ApiVersion", "SendBy", "Session"]
