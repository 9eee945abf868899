"""The roles as groups. Permissions of apps that are migrated later come with `manage.py seed_roles`."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

NAMES = ("admin", "policy author", "approver", "auditor")


def seed(apps, schema_editor):
    config = installed.get_app_config("registry")
    create_permissions(config, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    group_model, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    seen = permission.objects.filter(content_type__app_label="registry", codename__startswith="view_")
    publish = permission.objects.filter(content_type__app_label="registry", codename="publish_release")
    for name in NAMES:
        group, _ = group_model.objects.get_or_create(name=name)
        group.permissions.add(*seen)
        if name == "approver":
            group.permissions.add(*publish)


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0004_prices_hold_once"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
