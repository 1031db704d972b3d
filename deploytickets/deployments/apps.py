from django.apps import AppConfig


class DeploymentsConfig(AppConfig):
    name = "deploytickets.deployments"
    label = "deployments"
