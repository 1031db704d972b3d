from django.apps import AppConfig


class DriversConfig(AppConfig):
    name = "deploytickets.drivers"
    label = "drivers"
