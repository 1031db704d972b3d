"""A client for Rancher, usable alone: no Django, nothing of the application.

`cattle` talks to Rancher 1.6, `kube` to Rancher 2, `registry` to a Docker registry; `compose` reads compose
files; `simulator` is a Rancher 1.6 of our own. Errors of all are in `errors`.
"""
