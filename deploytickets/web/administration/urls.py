"""The addresses of the settings."""

from django.urls import path

from deploytickets.web.administration import applications, environments, people, placements, servers

urlpatterns = [
    path("", servers.listing, name="settings"),
    path("servers", servers.listing, name="settings-servers"),
    path("servers/new", servers.Add.view(), name="settings-server-new"),
    path("servers/test", servers.test_connection, name="settings-server-test"),
    path("servers/<str:name>", servers.Change.view(), name="settings-server"),
    path("environments", environments.listing, name="settings-environments"),
    path("environments/new", environments.Add.view(), name="settings-environment-new"),
    path("environments/<str:name>", environments.Change.view(), name="settings-environment"),
    path("environments/<str:name>/lock", environments.lock, name="settings-environment-lock"),
    path("environments/<str:name>/unlock", environments.unlock, name="settings-environment-unlock"),
    path("applications", applications.listing, name="settings-applications"),
    path("applications/new", applications.Add.view(), name="settings-application-new"),
    path("applications/<str:name>", applications.Change.view(), name="settings-application"),
    path("placements", placements.listing, name="settings-placements"),
    path("placements/new", placements.Add.view(), name="settings-placement-new"),
    path("placements/found/<str:environment>", placements.found, name="settings-found"),
    path("placements/found/<str:environment>/take", placements.take_over, name="settings-take-over"),
    path(
        "placements/<str:application>/<str:environment>", placements.Change.view(), name="settings-placement"
    ),
    path("people", people.listing, name="settings-people"),
    path("people/new", people.Add.view(), name="settings-person-new"),
    path("people/<str:username>", people.person, name="settings-person"),
    path("people/<str:username>/grant", people.grant, name="settings-grant"),
    path("people/<str:username>/revoke", people.revoke, name="settings-revoke"),
    path("people/<str:username>/disable", people.disable, name="settings-disable"),
    path("people/<str:username>/enable", people.enable, name="settings-enable"),
    path("people/<str:username>/password", people.set_password, name="settings-set-password"),
]
