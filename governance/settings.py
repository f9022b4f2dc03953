"""All settings, read once from the environment.

The default is embedded: SQLite, a broker made of files, artifacts on disk, all under `var/`. `DATABASE_URL` and
`REDIS_URL` put the same code on PostgreSQL and Redis. `docs/operations.md` lists every variable.
"""

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

from governance import logs, openid, secrets

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(env.str("GATEHOUSE_VAR", default=str(BASE_DIR / "var")))

DEMO = env.bool("GATEHOUSE_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secrets.stored(VAR / "keys" / "django-secret.key")
PORTAL_URL = env.str("GATEHOUSE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}")
SERVED_BY_HTTPS = PORTAL_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PORTAL_URL] if SERVED_BY_HTTPS else []

INSTALLED_APPS = [
    "audit",
    "registry",
    "approvals",
    "governance",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_cotton",
    "django_filters",
    "django_htmx",
    "guardian",
    "ninja",
    "simple_history",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",  # these first: their headers are on files and on refusals of the others too
    "governance.middleware.BrowserRulesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "governance.middleware.RequestIdMiddleware",
    "governance.middleware.RequestLineMiddleware",
    "governance.middleware.EncryptedCallsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "governance.middleware.BodySizeMiddleware",  # before the CSRF check, which reads the body
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "governance.middleware.PrivateAnswersMiddleware",
    "governance.middleware.PaceMiddleware",
    "governance.middleware.SessionUseMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "governance.middleware.DenyByDefaultMiddleware",
    "governance.middleware.SecondFactorMiddleware",
    "governance.middleware.ReadOnlyMiddleware",
    "governance.middleware.TimeZoneMiddleware",
    "governance.visits.VisitMiddleware",
]

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"

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
                "governance.context.shell",
            ],
        },
    }
]
COTTON_DIR = "cotton"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"


def _sqlite(config: dict) -> dict:
    """Adds what SQLite needs to take a write lock at BEGIN, to wait for it, and to keep its triggers honest."""
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON"
    options = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas}
    return config | {"OPTIONS": options}


def _postgresql(config: dict) -> dict:
    """Without just-in-time compilation, which takes longer than the many small subqueries of one statement do.

    What the address says after its question mark (sslmode, sslrootcert) goes to the driver.
    """
    options = {"pool": {"min_size": 1, "max_size": 16, "timeout": 10}, "options": "-c jit=off"}
    return config | {"OPTIONS": config.get("OPTIONS", {}) | options}


_database = env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'gatehouse.sqlite3'}")
DATABASES = {"default": (_sqlite if "sqlite" in _database["ENGINE"] else _postgresql)(_database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _checking_certificates(url: str) -> str:
    """Of a Redis that is reached by TLS: the broker's client asks for no certificate unless the address says so."""
    if not url.startswith("rediss://") or "ssl_cert_reqs=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=required"


REDIS_URL = _checking_certificates(env.str("REDIS_URL", default=""))
# No visitor waits longer than this for a Redis that is gone.
REDIS_PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 1}
CACHES = {
    "default": {
        "BACKEND": "governance.caching.SteadyRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": REDIS_PATIENCE,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": VAR / "cache"}
}

# People and sign-in
AUTH_USER_MODEL = "registry.Person"
AUTHENTICATION_BACKENDS = ["governance.roles.SignInBackend", "governance.roles.RoleBackend"]
# Deciding rights are read by approvals.rights through guardian's own checker, never through has_perm, which
# guardian answers with yes for every superuser.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "governance.passwords.WellKnownValidator"},
    {"NAME": "governance.passwords.BreachedValidator"},
]
#: Words that everybody here knows; beside them count the portal's name, its address and that of the identity provider.
PASSWORD_CONTEXT_WORDS = env.list("PASSWORD_CONTEXT_WORDS", default=[])
#: A file of SHA-1 digests, sorted, one a line: passwords that stood in a breach.
BREACHED_PASSWORDS = env.str("BREACHED_PASSWORDS", default="")
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "governance:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "governance.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "governance.forms.sign_in.SignInForm",
    "change_password": "governance.forms.sign_in.ChangePasswordForm",
    "reset_password_from_key": "governance.forms.sign_in.ResetPasswordForm",
}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Who a visitor is, for the limits below: the address that the outermost of so many proxies in front has seen.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ACCOUNT_RATE_LIMITS = {"login_failed": "5/m/ip,5/5m/key", "login": "30/m/ip"}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
#: On: nobody gets past their account page without a second factor.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=False)
MFA_ADAPTER = "governance.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "add_webauthn": "governance.passkeys.AddPasskeyForm",
    "authenticate_webauthn": "governance.passkeys.AuthenticatePasskeyForm",
    "login_webauthn": "governance.passkeys.LoginPasskeyForm",
    "reauthenticate_webauthn": "governance.passkeys.ReauthenticatePasskeyForm",
    "edit_webauthn": "governance.passkeys.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Gatehouse"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # e-mail addresses are written by administrators, not claimed by their owners

# The organisation's identity provider, when it has one
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET") if OIDC_ISSUER else ""
OIDC_NAME = env.str("OIDC_NAME", default="your organisation") if OIDC_ISSUER else ""
SOCIALACCOUNT_PROVIDERS = openid.providers(
    issuer=OIDC_ISSUER,
    name=OIDC_NAME,
    client_id=env.str("OIDC_CLIENT_ID") if OIDC_ISSUER else "",
    client_secret=OIDC_CLIENT_SECRET,
    email_is_verified=env.bool("OIDC_EMAIL_IS_VERIFIED", default=False),
)
#: Values of `acr` with which the provider says that two factors were shown; an `amr` with “mfa” says it too.
OIDC_SECOND_FACTOR_ACR = env.list("OIDC_SECOND_FACTOR_ACR", default=[])
#: On: the provider asks everybody for a second factor, whatever its tokens say.
OIDC_ASKS_SECOND_FACTOR = env.bool("OIDC_ASKS_SECOND_FACTOR", default=False)
SOCIALACCOUNT_ADAPTER = "governance.single_sign_on.SingleSignOn"

# Sessions end so long after the sign-in, and so long after they were last of use, whichever comes first
SESSION_ENGINE = "governance.sessions"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 60 * 60
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_MINUTES", default=120) * 60
# A browser takes a cookie of this name from this very host only, by https, and for all of its paths.
_of_this_host = "__Host-" if SERVED_BY_HTTPS else ""
SESSION_COOKIE_NAME = f"{_of_this_host}sessionid"
CSRF_COOKIE_NAME = f"{_of_this_host}csrftoken"
TIME_ZONE_COOKIE_NAME = f"{_of_this_host}time_zone"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SERVED_BY_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SERVED_BY_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SERVED_BY_HTTPS else None
#: Machines are not led on to https, since what they sent has been read by then: probes are answered, calls refused.
CALLED_BY_MACHINES = [r"^api/", r"^metrics$"]
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", *CALLED_BY_MACHINES]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SERVED_BY_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SERVED_BY_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MIMETYPES = {".svg": "image/svg+xml; charset=utf-8"}
#: How many requests one person or token may send within a minute; 0 sets no limit.
REQUESTS_PER_MINUTE = env.int("REQUESTS_PER_MINUTE", default=600)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Time and words
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = False

# Files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "artifacts"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "governance.stylesheet.OneSheetStorage"},
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
#: Names of registry.formats.FORMATS; without any, every file is taken.
ARTIFACT_FORMATS = env.list("ARTIFACT_FORMATS", default=[])
ARTIFACT_MAX_BYTES = env.int("ARTIFACT_MAX_BYTES", default=512 * 1024 * 1024)

# Mail: files in the embedded default, a server where one is named
_email = env.email("EMAIL_URL", default=f"filemail://{VAR / 'mail'}")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_HOST, EMAIL_PORT = _email.get("EMAIL_HOST") or "localhost", _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_USER") or "", _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _email.get("EMAIL_USE_TLS", False), _email.get("EMAIL_USE_SSL", False)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="gatehouse@localhost")

# Celery: a message is only a wake-up; what has to be done is a row that a sweep finds again
CELERY_BROKER_URL = REDIS_URL or "folder://localhost"  # governance/serving/folder_broker.py
CELERY_BROKER_TRANSPORT_OPTIONS = (
    REDIS_PATIENCE | {"max_retries": 0}
    if REDIS_URL
    else {
        "data_folder_in": str(VAR / "broker" / "queue"),
        "data_folder_out": str(VAR / "broker" / "queue"),
        "control_folder": str(VAR / "broker" / "control"),
    }
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker however long that is gone
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "resume-imports": {"task": "registry.tasks.resume_imports", "schedule": 30.0},
    "keep-ledger": {"task": "audit.tasks.keep_ledger", "schedule": 5.0},
    "verify-ledger": {"task": "audit.tasks.verify_ledger", "schedule": crontab(hour=2, minute=10)},
    "verify-asked": {"task": "audit.tasks.verify_asked", "schedule": 30.0},
    "deliver-outbox": {"task": "audit.tasks.deliver_outbox", "schedule": 30.0},
    "keep-anchors": {"task": "audit.tasks.keep_anchors", "schedule": 30.0},
    "heartbeat": {"task": "audit.tasks.beat", "schedule": 15.0},
    "open-due-performance-reviews": {
        "task": "approvals.tasks.open_due_performance_reviews",
        "schedule": crontab(minute="*/15"),
    },
    "chase-what-is-due": {"task": "approvals.tasks.chase_what_is_due", "schedule": crontab(minute="*/15")},
    "remind-of-what-ends": {"task": "approvals.tasks.remind_of_what_ends", "schedule": crontab(hour=6, minute=30)},
    "clear-sessions": {"task": "governance.tasks.clear_sessions", "schedule": crontab(hour=3, minute=20)},
    "keep-awaited": {"task": "approvals.tasks.keep_awaited", "schedule": crontab(minute=40)},
    "compute-waiting-forecasts": {"task": "approvals.tasks.compute_waiting_forecasts", "schedule": 30.0},
    "compute-waiting-clearances": {"task": "approvals.tasks.compute_waiting_clearances", "schedule": 30.0},
}

# Imports: the hosts that a page may ask for the models of an MLflow server; none, and the page has no such form.
IMPORT_MLFLOW_HOSTS = env.list("IMPORT_MLFLOW_HOSTS", default=[])

# The ledger
LEDGER_KEYS = Path(env.str("GATEHOUSE_KEYS", default=str(VAR / "keys")))
#: What checkpoints call this ledger, once and for all; an address of yours without its https, such as
#: models.example.org/ledger. Without one it gets a name by chance.
LEDGER_ORIGIN = env.str("GATEHOUSE_ORIGIN", default="")
#: Who holds it no more is told nothing: mail says what stands in the registry.
MAIL_IS_FOR = "registry.view_registry"
#: Seconds. A mail server that says nothing holds up the other mail no longer than that.
EMAIL_TIMEOUT = 30
OUTBOX_SINKS = {"mail": "audit.sinks.send_mail", "webhook": "audit.webhook.send"}

# Whom each event of these kinds is told to, by the beginnings of their names, signed with these secrets.
WEBHOOK_URL = env.str("WEBHOOK_URL", default="")
WEBHOOK_SECRET = env.str("WEBHOOK_SECRET", default="")
WEBHOOK_OLD_SECRET = env.str("WEBHOOK_OLD_SECRET", default="")
WEBHOOK_KINDS = env.list("WEBHOOK_KINDS", default=["approvals."])

# Where copies of signed checkpoints are kept besides. A name that is changed is another anchor.
LEDGER_ANCHORS = [
    {
        "NAME": "folder",
        "ANCHOR": "audit.anchors.folder.Folder",
        "OPTIONS": {"path": env.str("GATEHOUSE_ANCHORS", default="") or str(VAR / "anchors")},
    }
]
if ANCHOR_S3_BUCKET := env.str("ANCHOR_S3_BUCKET", default=""):
    LEDGER_ANCHORS.append(
        {
            "NAME": "s3",
            "ANCHOR": "audit.anchors.s3.S3",
            "OPTIONS": {
                "bucket": ANCHOR_S3_BUCKET,
                "endpoint": env.str("ANCHOR_S3_ENDPOINT", default=""),
                "prefix": env.str("ANCHOR_S3_PREFIX", default=""),
                "retention_days": env.int("ANCHOR_S3_RETENTION_DAYS", default=3650),
            },
        }
    )

# Asked in this order before anything enters an environment. All run, all reasons are shown, one that fails refuses.
DEPLOYMENT_GATES = [
    {"GATE": "approvals.gates.evidence.RiskAssessed"},
    {"GATE": "approvals.gates.evidence.Registered"},
    {"GATE": "approvals.gates.evidence.LineageComplete"},
    {"GATE": "approvals.gates.evidence.ThresholdsMet"},
    {"GATE": "approvals.gates.evidence.CodeChecked"},
    {"GATE": "approvals.gates.evidence.ArtifactScanned"},
    {"GATE": "approvals.gates.decisions.Approved"},
    {"GATE": "approvals.gates.decisions.ConditionsKept"},
    {"GATE": "approvals.gates.evidence.CardComplete"},
    {"GATE": "approvals.gates.release.MonitoringConfigured"},
    {"GATE": "approvals.gates.release.RollbackTested"},
    {"GATE": "approvals.gates.release.StagingPassed"},
    {"GATE": "approvals.gates.release.InService"},
]

# Which figures they ask for, so that the form of an evaluation is begun with them.
ASKED_FIGURES = "governance.asked.figures"

# Watching it: one chain for all lines (governance.logs), and what Prometheus may read with this token
LOGGING = logs.configuration(
    level=env.str("LOG_LEVEL", default="INFO").upper(), form=env.str("LOG_FORMAT", default="").lower()
)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
