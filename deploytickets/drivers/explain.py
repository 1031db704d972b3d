"""Words for why Rancher gives no usable answer; the facts are those of `errors.reason_of`."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_SENTENCES: dict[str, str | Promise] = {
    "key-refused": gettext_lazy("Rancher refuses the key: it is wrong, deactivated or removed."),
    "not-allowed": gettext_lazy("Rancher does not allow this to the key: {text}"),
    "not-found": gettext_lazy(
        "Rancher does not know the environment's project, or the key does not reach it."
    ),
    "certificate": gettext_lazy("The certificate of the Rancher server is not trusted: {text}"),
    "unreachable": gettext_lazy("The Rancher server cannot be reached: {text}"),
    "throttled": gettext_lazy("The Rancher server asks to be asked less often."),
    "unusable": gettext_lazy("Something answers at this address, but not as Rancher does: {text}"),
    "refused": gettext_lazy("Rancher refuses: {text}"),
    "unanswered": gettext_lazy("The Rancher server took the request and did not answer it properly: {text}"),
    "address": gettext_lazy(
        "This is no address of a Rancher server. It begins with https:// and holds no key."
    ),
    "address-forbidden": gettext_lazy("This address is never that of a Rancher server; nothing was sent."),
    "name-unknown": gettext_lazy("No server of this name is known; nothing was sent."),
    "ca-bundle": gettext_lazy("The certificates given are no PEM text that can be read; nothing was sent."),
}


def sentence(reason: Mapping[str, Any]) -> str:
    """The reason in the reader's language. A code of another release is shown as it is."""
    words = _SENTENCES.get(str(reason.get("code")))
    if words is None:
        return _("Rancher gives no usable answer (%(code)s).") % {"code": reason.get("code")}
    return str(words).format_map({"text": "", **reason}).strip()
