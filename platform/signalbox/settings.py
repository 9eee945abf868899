"""Settings: one file, read from the environment, secure unless told otherwise.

`DATABASE_URL` and `REDIS_URL` move everything to PostgreSQL and Redis or Valkey; nothing else changes.
Each rule that must hold in production is also a system check (signalbox.checks).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab

from signalbox import environment, logs, mail, sidebar
from signalbox.sso import configuration as sso

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(environment.text("SIGNALBOX_DATA_DIR", str(BASE_DIR / ".data")))

DEBUG = environment.flag("SIGNALBOX_DEBUG", False)
DEMO = environment.flag("SIGNALBOX_DEMO", False)
INSECURE_SECRET_KEY = "insecure-" + "only-for-tests-and-development" * 2
SECRET_KEY = environment.text("SIGNALBOX_SECRET_KEY", INSECURE_SECRET_KEY)
# Newest first; credentials at rest are encrypted under the first and read under any.
FIELD_KEYS = environment.names("SIGNALBOX_FIELD_KEYS")
ALLOWED_HOSTS = environment.names("SIGNALBOX_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.names("SIGNALBOX_CSRF_TRUSTED_ORIGINS")
PLAIN_ADMIN = environment.flag("SIGNALBOX_PLAIN_ADMIN", False)

INSTALLED_APPS = [
    *(
        []
        if PLAIN_ADMIN
        else ["unfold.apps.BasicAppConfig", "unfold.contrib.filters", "unfold.contrib.simple_history"]
    ),
    "signalbox.apps.SignalboxConfig",
    "signalbox.apps.SignalboxAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "axes",
    "rest_framework",
    "drf_spectacular_sidecar",
    "audit.apps.AuditConfig",
    "registry.apps.RegistryConfig",
    "billing.apps.BillingConfig",
    "routing.apps.RoutingConfig",
    "evaluation.apps.EvaluationConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "signalbox.urls"
ASGI_APPLICATION = "signalbox.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # Recursive triggers: without them INSERT OR REPLACE deletes past the register's triggers.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    "PRAGMA recursive_triggers=ON;",
}

# A database that is gone without a word is noticed within seconds, or every request would wait for it.
POSTGRES_OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def database(url: str) -> dict[str, Any]:
    """Django's database entry for `url`; SQLite gets the options without which writers fail under load."""
    entry: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    if entry["ENGINE"].endswith("sqlite3"):
        entry["OPTIONS"] = {**entry.get("OPTIONS", {}), **SQLITE_OPTIONS}
    else:
        entry["OPTIONS"] = {**POSTGRES_OPTIONS, **entry.get("OPTIONS", {})}
    return entry


DATABASE_URL = environment.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'signalbox.sqlite3'}")
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "registry.User"
# Whether single sign-on is the only way in, and whether superusers may still use a password of ours.
SSO = sso.read()
OIDC_ONLY = environment.flag("SIGNALBOX_OIDC_ONLY", False)
OIDC_LINK_BY_EMAIL = environment.flag("SIGNALBOX_OIDC_LINK_BY_EMAIL", False)
BREAK_GLASS_LOGIN = environment.flag("SIGNALBOX_BREAK_GLASS_LOGIN", False)
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "signalbox.backends.PasswordBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "registry.rights.RecordedPasswords"},
]

REDIS_URL = environment.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "background"
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_ACKS_LATE = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Which lanes this worker serves: the queues of the regions whose data it may carry.
LANE_QUEUES = environment.names("SIGNALBOX_LANES", "default")

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}

STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("SIGNALBOX_STATIC_ROOT", str(BASE_DIR / "staticfiles")))
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "signalbox.formats"
TIME_ZONE = "UTC"
USE_TZ = True
SIMPLE_HISTORY_REVERT_DISABLED = True
UNFOLD = sidebar.UNFOLD

# Guessing: so many wrong passwords for one login from one address, and that pair is shut for a while.
AXES_FAILURE_LIMIT = environment.integer("SIGNALBOX_LOGIN_FAILURES", 5, least=1, most=100)
LOGIN_LOCK_MIN = environment.integer("SIGNALBOX_LOGIN_LOCK_MIN", 30, least=1, most=1_440)
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCK_MIN)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "signalbox/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "signalbox.addresses.client_address"
# The register keeps what happened, and locks are shown with the person.
AXES_DISABLE_ACCESS_LOG, AXES_ENABLE_ADMIN, AXES_VERBOSE = True, False, False
# Proxies of ours in front, each of which adds to X-Forwarded-For.
PROXY_HOPS = environment.integer("SIGNALBOX_PROXY_HOPS", 0, least=0, most=10)

LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
if SSO.enabled:
    INSTALLED_APPS += sso.APPS
    MIDDLEWARE += sso.MIDDLEWARE
    AUTHENTICATION_BACKENDS.append(sso.BACKEND)
    globals().update(sso.django_settings(SSO))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = environment.flag("SIGNALBOX_SECURE_COOKIES", not DEMO)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if environment.flag("SIGNALBOX_BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Machines and processes that serve the API; more than one of either needs PostgreSQL.
WEB_HOSTS = environment.integer("SIGNALBOX_WEB_HOSTS", 1, least=1, most=10_000)
WEB_PROCESSES = environment.integer("WEB_CONCURRENCY", 1, least=1, most=1_000)

LOGGING = logs.configuration(
    environment.text("SIGNALBOX_LOG_LEVEL", "INFO").upper(),
    stream=environment.text("SIGNALBOX_LOG_STREAM", "stdout"),
    plain=environment.flag("SIGNALBOX_LOG_PLAIN", False),
)

# Endpoints that may be plain http or a private address, by host[:port]; all others must be public https.
INSECURE_ENDPOINT_HOSTS = environment.names("SIGNALBOX_INSECURE_ENDPOINT_HOSTS")
# Reviewed changes: how long a proposal waits, and how long an emergency change lasts and waits for its
# review.
PROPOSAL_EXPIRES_DAYS = environment.integer("SIGNALBOX_PROPOSAL_EXPIRES_DAYS", 30, least=1, most=365)
BREAK_GLASS_MAX_S = environment.integer(
    "SIGNALBOX_BREAK_GLASS_MAX_S", 24 * 3600, least=60, most=7 * 24 * 3600
)
BREAK_GLASS_REVIEW_S = environment.integer(
    "SIGNALBOX_BREAK_GLASS_REVIEW_S", 24 * 3600, least=60, most=7 * 24 * 3600
)
# Requests to the management API, for each person in each process.
MANAGEMENT_PER_MIN = environment.integer("SIGNALBOX_MANAGEMENT_PER_MIN", 300, least=1, most=100_000)
# Bounds of the data plane.
MAX_REQUEST_BYTES = environment.integer(
    "SIGNALBOX_MAX_REQUEST_BYTES", 20 * 1024 * 1024, least=1024, most=256 * 1024 * 1024
)
# Detectors of the extra [presidio]; what is late refuses the request.
PRESIDIO_EXPECTED = environment.flag("SIGNALBOX_PRESIDIO", False)
DETECTION_TIMEOUT_S = environment.integer("SIGNALBOX_DETECTION_TIMEOUT_S", 5, least=1, most=60)
PRESIDIO_MODEL = environment.text("SIGNALBOX_PRESIDIO_MODEL", "en_core_web_lg")
PRESIDIO_LANGUAGE = environment.text("SIGNALBOX_PRESIDIO_LANGUAGE", "en")
PRESIDIO_SCORE_PERCENT = environment.integer("SIGNALBOX_PRESIDIO_SCORE_PERCENT", 50, least=1, most=100)
LANE_MAX_IN_FLIGHT = environment.integer("SIGNALBOX_LANE_MAX_IN_FLIGHT", 512, least=1, most=10_000)
BATCHES_AT_ONCE = environment.integer("SIGNALBOX_BATCHES_AT_ONCE", 1, least=1, most=64)
REVIEW_WITHIN_H = environment.integer("SIGNALBOX_REVIEW_WITHIN_H", 72, least=1, most=8_760)
LANE_MAX_WAITING = environment.integer("SIGNALBOX_LANE_MAX_WAITING", 2_000, least=1, most=100_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_REQUEST_BYTES

# Notices: e-mail where a server is named, and links from outside where our own address is.
EMAIL_NOTICES, EMAIL = mail.settings_of(environment.text("SIGNALBOX_EMAIL_URL"))
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = EMAIL.backend, EMAIL.host, EMAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.user, EMAIL.password
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = EMAIL.starttls, EMAIL.tls, EMAIL.timeout_s
DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.text("SIGNALBOX_EMAIL_FROM", "signalbox@localhost")
PUBLIC_URL = environment.text("SIGNALBOX_PUBLIC_URL").rstrip("/")

CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "clear-sessions": {"task": "signalbox.tasks.clear_sessions", "schedule": crontab(hour="3", minute="17")},
    "sweep-holds": {"task": "billing.tasks.sweep_holds", "schedule": 30.0},
    "check-budget-alerts": {"task": "billing.tasks.check_alerts", "schedule": 30.0},
    "send-notices": {"task": "registry.tasks.send_notices", "schedule": 10.0, "options": {"expires": 10}},
    "apply-scheduled": {
        "task": "registry.tasks.apply_scheduled",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "revert-emergencies": {
        "task": "registry.tasks.revert_emergencies",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "announce-retirements": {"task": "registry.tasks.announce_retirements", "schedule": crontab(minute="11")},
    "hold-failover-drills": {
        "task": "routing.tasks.hold_failover_drills",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "watch-fallbacks": {
        "task": "routing.tasks.watch_fallbacks",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "expire-proposals": {"task": "registry.tasks.expire_proposals", "schedule": 60.0},
    "replay-impacts": {"task": "routing.tasks.replay_impacts", "schedule": 3.0, "options": {"expires": 3}},
    "sweep-batches": {"task": "routing.tasks.sweep_batches", "schedule": 30.0, "options": {"expires": 30}},
    "tend-held-answers": {
        "task": "routing.tasks.tend_held_answers",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "sweep-runs": {"task": "evaluation.tasks.sweep_runs", "schedule": 30.0, "options": {"expires": 30}},
    "watch-experiments": {
        "task": "routing.tasks.watch_experiments",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "sweep-requests": {"task": "routing.tasks.sweep_requests", "schedule": 10.0, "options": {"expires": 10}},
}
