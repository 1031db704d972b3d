"""The forms of the settings: shapes and words only, the rules are the services'."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from deploytickets.access.roles import Role
from deploytickets.catalog.models import AtDeadline, Environment, RancherServer, Start, Strategy
from deploytickets.tickets.words import ROLES


class Lines(forms.CharField):
    """A list of texts, one on a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class Pairs(forms.CharField):
    """NAME=value, one on a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return (
            "\n".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else value
        )

    def to_python(self, value: Any) -> Any:
        pairs = {}
        for line in (value or "").splitlines():
            name, sign, text = line.strip().partition("=")
            if not line.strip():
                continue
            if not sign or not name.strip():
                raise forms.ValidationError(
                    gettext("Write NAME=value, one on a line; “%(line)s” is not.") % {"line": line[:60]}
                )
            pairs[name.strip()] = text.strip()
        return pairs


class ServerForm(forms.Form):
    """A Rancher server and the key to use there. Keys are never shown again."""

    name = forms.CharField(
        label=_("Name"), max_length=63, help_text=_("It never changes: links and the audit log use it.")
    )
    base_url = forms.CharField(
        label=_("Address"),
        max_length=300,
        widget=forms.URLInput(attrs={"placeholder": "https://rancher.example.com"}),
        help_text=_("Without /v1 or /v2-beta. The address of the page that people open."),
    )
    access_key = forms.CharField(
        label=_("Access key"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "An account key that is a member of every environment used, "
            "or the environment key of a single one."
        ),
    )
    secret_key = forms.CharField(
        label=_("Secret key"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted and never shown again. Leave both empty to keep the present key."),
    )
    ca_bundle = forms.CharField(
        label=_("Certificate authority"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 4, "class": "code", "placeholder": "-----BEGIN CERTIFICATE-----"}
        ),
        help_text=_("PEM text of your own authority, where the server's certificate comes from one."),
    )


class NewServerForm(ServerForm):
    """A server that has no key yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["access_key"].required = self.fields["secret_key"].required = True
        self.fields["secret_key"].help_text = _("Kept encrypted and never shown again.")


class PolicyForm(forms.Form):
    """Where the environment stands in the order of promotion, and what its tickets need."""

    position = forms.IntegerField(label=_("Place in the order of promotion"), min_value=0, max_value=999)
    approvals_required = forms.IntegerField(
        label=_("Approvals needed"),
        min_value=0,
        max_value=10,
        help_text=_("0: approved by policy when nothing stands against it."),
    )
    four_eyes = forms.BooleanField(
        label=_("Four eyes"),
        required=False,
        help_text=_("Nobody approves a ticket that they filed or changed."),
    )
    start = forms.ChoiceField(label=_("Start"), choices=Start.choices, widget=forms.RadioSelect)
    developer_verifies = forms.BooleanField(label=_("A developer verifies before the finish"), required=False)
    ops_verifies = forms.BooleanField(label=_("Ops verify before the finish"), required=False)
    at_deadline = forms.ChoiceField(
        label=_("At the deadline"), choices=AtDeadline.choices, widget=forms.RadioSelect
    )
    approval_lasts_hours = forms.IntegerField(
        label=_("An approval lasts, hours"), min_value=1, max_value=2160
    )


class EnvironmentForm(PolicyForm):
    """A new environment: a project of a server."""

    field_order = ("name", "server", "rancher_id")
    name = forms.CharField(
        label=_("Name"), max_length=63, help_text=_("For example dev, stage, prod. It never changes.")
    )
    server = forms.ModelChoiceField(
        label=_("Rancher server"), queryset=RancherServer.objects.all(), to_field_name="name"
    )
    rancher_id = forms.CharField(
        label=_("Environment id in Rancher"),
        max_length=63,
        help_text=_(
            "As in the address of Rancher's own pages: /env/1a5/apps means 1a5. "
            "The connection test lists them."
        ),
    )


class LockForm(forms.Form):
    """Why no ticket may start."""

    reason = forms.CharField(label=_("Reason, shown to everybody"), max_length=300)


class ApplicationForm(forms.Form):
    """Something that is deployed."""

    name = forms.CharField(label=_("Name"), max_length=63, help_text=_("It never changes."))
    team = forms.CharField(
        label=_("Team"), max_length=63, required=False, help_text=_("The board is grouped by it.")
    )
    image_repository = forms.CharField(
        label=_("Image repository"),
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "registry.abc.net/java-service-1"}),
        help_text=_("Without tag. A ticket's version becomes the tag."),
    )
    repository = forms.CharField(
        label=_("Source repository"), max_length=300, required=False, widget=forms.URLInput
    )
    branch_pattern = forms.CharField(
        label=_("From branch to version"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "code", "spellcheck": "false"}),
        help_text=_("A regular expression with a group named version."),
    )
    checklist = Lines(
        label=_("Checklist for verifying"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on a line."),
    )
    docker_compose = forms.CharField(
        label="docker-compose.yml",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "code", "spellcheck": "false"}),
    )
    rancher_compose = forms.CharField(
        label="rancher-compose.yml",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "class": "code", "spellcheck": "false"}),
    )


class PlacementForm(forms.Form):
    """How an application lies in an environment."""

    strategy = forms.ChoiceField(label=_("Strategy"), choices=Strategy.choices, widget=forms.RadioSelect)
    stack_name = forms.CharField(label=_("Stack"), max_length=63)
    service_names = Lines(
        label=_("Services"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "One on a line: those whose image is the application's. For the strategy “service” only."
        ),
    )
    answers = Pairs(
        label=_("Answers for the compose files"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "code"}),
        help_text=_("NAME=value, one on a line; VERSION is the ticket's. For the strategy “stack” only."),
    )
    batch_size = forms.IntegerField(label=_("Containers at a time"), min_value=1, max_value=1000)
    interval_millis = forms.IntegerField(
        label=_("Pause between batches, milliseconds"), min_value=100, max_value=3_600_000
    )
    start_first = forms.BooleanField(label=_("Start new containers before the old ones stop"), required=False)
    deadline_minutes = forms.IntegerField(label=_("Deadline, minutes"), min_value=1, max_value=10_000)


class NewPlacementForm(PlacementForm):
    """An application in an environment where it has no place yet."""

    field_order = ("application", "environment")
    application = forms.CharField(label=_("Application"), max_length=63)
    environment = forms.ModelChoiceField(
        label=_("Environment"), queryset=Environment.objects.all(), to_field_name="name"
    )


class PersonForm(forms.Form):
    """A new account; roles are given afterwards."""

    username = forms.CharField(label=_("User name"), max_length=150)
    display_name = forms.CharField(label=_("Name as others see it"), max_length=100, required=False)
    email = forms.EmailField(label=_("Mail"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("as the browser")), *settings.LANGUAGES]
    )
    password = forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters; tell it on another way than this page's address."),
    )


class GrantForm(forms.Form):
    """A role in an environment, or everywhere."""

    environment = forms.ModelChoiceField(
        label=_("Where"),
        queryset=Environment.objects.all(),
        to_field_name="name",
        required=False,
        empty_label=_("everywhere"),
    )
    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, ROLES[role.value]) for role in Role])
