from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "deploytickets.audit"
    label = "audit"
