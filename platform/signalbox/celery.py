import os

from celery import Celery

from routing.lane import bootstep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalbox.settings")
app = Celery("signalbox")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["signalbox", "routing", "billing", "registry", "audit"])
bootstep.install(app)
