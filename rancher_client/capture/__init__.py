"""A snapshot of a live Rancher 1.6, taken through the client, for the simulator to go on from.

    state = capture(Session(url, access_key, secret_key, project="1a5"))
    write(Path("state.json"), state.as_file())

`reading` asks the live server, `parsing` turns its resources back into views, the engine's `adoption`
makes rows of them. Ids, uuids, states, versions and `upgrade` blocks stay what they are, so that a plan made
against the live server fits the copy. Processes under way begin anew, as after a restart of the server.
"""

from rancher_client.capture.captured import Captured, capture

__all__ = ["Captured", "capture"]
