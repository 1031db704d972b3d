"""Which Rancher servers, environments and applications there are, and which application lies where."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from deploytickets.encryption import EncryptedJSONField

slug = RegexValidator(
    r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$", _("Letters, digits, dots and dashes.")
)


class ServerKind(models.TextChoices):
    RANCHER16 = "rancher16", "Rancher 1.6"


class RancherServer(models.Model):
    """One Rancher installation and the key we use there.

    `credentials` is {"access_key", "secret_key"}: an account key that is a member of every project
    used, or the environment key of a single one. Write-only: it is never shown again, and a new
    `base_url` needs it anew.
    """

    name = models.CharField(max_length=63, unique=True, validators=[slug])
    kind = models.CharField(max_length=12, choices=ServerKind.choices, default=ServerKind.RANCHER16)
    # No URLField: its check refuses host names without a dot, which are common for Rancher.
    base_url = models.CharField(max_length=300)
    ca_bundle = models.TextField(blank=True)
    credentials = EncryptedJSONField()

    def __str__(self) -> str:
        return self.name


class Start(models.TextChoices):
    AUTOMATIC = "automatic", _("automatic: the last approval starts it")
    BY_HAND = "by_hand", _("by hand: ops press Start")


class AtDeadline(models.TextChoices):
    ASK = "ask", _("ask people")
    ROLL_BACK = "roll_back", _("roll back")


class Environment(models.Model):
    """dev, stage, prod: a project of a Rancher server, with its policy and its order of promotion.

    `rancher_id` is Rancher's project id (1a5).
    """

    name = models.CharField(max_length=63, unique=True, validators=[slug])
    position = models.PositiveSmallIntegerField(default=0)
    server = models.ForeignKey(RancherServer, on_delete=models.PROTECT, related_name="environments")
    rancher_id = models.CharField(max_length=63)

    approvals_required = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(10)])
    four_eyes = models.BooleanField(default=True)
    start = models.CharField(max_length=10, choices=Start.choices, default=Start.AUTOMATIC)
    developer_verifies = models.BooleanField(default=True)
    ops_verifies = models.BooleanField(default=True)
    at_deadline = models.CharField(max_length=10, choices=AtDeadline.choices, default=AtDeadline.ASK)
    approval_lasts_hours = models.PositiveIntegerField(
        default=72, validators=[MinValueValidator(1), MaxValueValidator(24 * 90)]
    )
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.CharField(max_length=150, blank=True)
    locked_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["server", "rancher_id"], name="one_environment_per_project"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_locked(self) -> bool:
        return self.locked_at is not None


class Application(models.Model):
    """Something that is deployed: its team, repository, images, and the rule from branch to version.

    The compose files are texts; they are encrypted because passwords are written into such files.
    """

    name = models.CharField(max_length=63, unique=True, validators=[slug])
    team = models.CharField(max_length=63, blank=True)
    repository = models.CharField(max_length=300, blank=True)
    image_repository = models.CharField(max_length=300)
    branch_pattern = models.CharField(max_length=200, default=r"^release/(?P<version>[0-9][0-9A-Za-z._-]*)$")
    checklist = models.JSONField(default=list, blank=True)
    docker_compose = EncryptedJSONField(blank=True, default="")
    rancher_compose = EncryptedJSONField(blank=True, default="")

    class Meta:
        ordering = ["team", "name"]

    def __str__(self) -> str:
        return self.name


class Strategy(models.TextChoices):
    SERVICE = "service", _("service: change the image of existing services")
    STACK = "stack", _("stack: by docker-compose.yml and rancher-compose.yml")


class Placement(models.Model):
    """An application in an environment: which services of which stack, and how they are upgraded.

    `service_names` matters for the strategy `service` only: the services whose image is the
    application's. `answers` are the `${…}` of the compose files besides VERSION.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="placements")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="placements")
    strategy = models.CharField(max_length=10, choices=Strategy.choices, default=Strategy.SERVICE)
    stack_name = models.CharField(max_length=63)
    service_names = models.JSONField(default=list, blank=True)
    answers = EncryptedJSONField(default=dict, blank=True)
    batch_size = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    interval_millis = models.PositiveIntegerField(default=2000, validators=[MinValueValidator(100)])
    start_first = models.BooleanField(default=False)
    deadline_minutes = models.PositiveIntegerField(default=30, validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["application__name", "environment__position"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "environment"], name="one_placement_per_environment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} in {self.environment}"
