"""Settings from the environment, with safe defaults.

No secret has a default: outside the demo, SECRET_KEY, FIELD_KEYS and PLAN_KEY must be given
(each also as NAME_FILE, for secrets mounted as files). `bin/demo` makes its own.
"""

from datetime import timedelta
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
# Newest first: the first encrypts, all decrypt. Rotate by putting a new one in front.
FIELD_KEYS = env.list("FIELD_KEYS")
# Keys the digest of plans. Changing it voids every approval that is open.
PLAN_KEY = env.str("PLAN_KEY")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000")
HTTPS = env.bool("HTTPS", default=not (DEMO or DEBUG))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "deploytickets.audit",
    "deploytickets.catalog",
    "deploytickets.access",
    "deploytickets.tickets",
    "deploytickets.notifications",
    "deploytickets.drivers",
    "deploytickets.inventory",
    "deploytickets.deployments",
    "deploytickets.api",
    "deploytickets.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "deploytickets.web.middleware.ContentSecurityPolicy",
    "deploytickets.web.middleware.OnlyText",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "deploytickets.web.middleware.SignInRequired",
    "deploytickets.web.middleware.RequestActor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "deploytickets.web.middleware.Problems",
]

if DEMO:
    MIDDLEWARE.insert(0, "deploytickets.web.middleware.OnlyThisMachine")

ROOT_URLCONF = "deploytickets.urls"
WSGI_APPLICATION = "deploytickets.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "deploytickets.web.context.everywhere",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'deploytickets.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # select_for_update does nothing on SQLite: IMMEDIATE takes the write lock at BEGIN instead.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    _database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    _database["CONN_HEALTH_CHECKS"] = True
    _database.setdefault("OPTIONS", {})["options"] = "-c statement_timeout=20000 -c lock_timeout=10000"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["deploytickets.access.backend.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "board"
LOGOUT_REDIRECT_URL = "sign-in"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)  # else the proxy in front redirects
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000 if HTTPS else 0)
# Subdomains and the browsers' preload list are the domain owner's to decide, not one application's.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
WHITENOISE_USE_FINDERS = DEMO or DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A click must not wait for a broker that is away: the sweep carries on without the message (F12, F14).
    "socket_connect_timeout": 0.2,
    "socket_timeout": 5,
    "health_check_interval": 10,
    "max_retries": 0,
    "visibility_timeout": 3600,
}
CELERY_TASK_DEFAULT_QUEUE = "deploytickets"
CELERY_BEAT_SCHEDULE = {
    "sweep-upgrades": {"task": "deployments.sweep_upgrades", "schedule": 3.0, "options": {"expires": 10}},
    "sweep-approved": {"task": "deployments.sweep_approved", "schedule": 3.0, "options": {"expires": 10}},
    "sweep-plans": {"task": "deployments.sweep_plans", "schedule": 5.0, "options": {"expires": 15}},
    "sweep-inventory": {"task": "inventory.sweep_inventory", "schedule": 10.0, "options": {"expires": 30}},
    "sweep-outbox": {"task": "notifications.sweep_outbox", "schedule": 5.0, "options": {"expires": 15}},
    "seal-audit-log": {"task": "audit.seal_new_events", "schedule": 60.0, "options": {"expires": 120}},
    "forget-old-keys": {"task": "access.forget_old_keys", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-ended-sessions": {
        "task": "access.forget_ended_sessions",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}
# Where sealed roots of the audit log are written besides the database; empty: only to the log.
AUDIT_EXPORT_FILE = env.str("AUDIT_EXPORT_FILE", default="")

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "deploytickets.api.authentication.TokenAuthentication",
        "deploytickets.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["deploytickets.api.exchange.AnyText"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "deploytickets.api.pagination.Pages",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "deploytickets.api.problems.answer",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Deploy Tickets",
    "DESCRIPTION": "File, approve, follow, verify and finish deployment tickets.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "State": "deploytickets.tickets.transitions.State",
        "Action": "deploytickets.tickets.transitions.Action",
        "PlannedAction": "deploytickets.tickets.plans.PlannedAction",
        "Role": "deploytickets.access.roles.Role",
        "VerifyingRole": "deploytickets.tickets.models.VerifyingRole",
    },
}

# The label by which the product finds its own upgrades again: `<domain>/attempt` on every launch config sent.
MARK_LABEL = f"{env.str('MARK_DOMAIN', default='deploytickets')}/attempt"
TICKET_PREFIX = env.str("TICKET_PREFIX", default="DEPLOY")
TICKET_FIRST_NUMBER = env.int("TICKET_FIRST_NUMBER", default=1)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}
