from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "deploytickets.inventory"
    label = "inventory"
