"""Settings of the site. What differs from one installation to another comes from the environment.

https://docs.djangoproject.com/en/6.1/ref/settings/ and docs/operating.md
"""

from email.utils import parseaddr
from pathlib import Path

import django_stubs_ext
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from . import environment as env

# Lets Django's generic classes say at run time what the type checker reads, `ModelAdmin[Batch]`.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- What an operator sets ---------------------------------------------------------------------

SECRET_KEY = env.required(
    "SECRET_KEY",
    env.secret_key,
    "Set at least 32 random characters, for example from `openssl rand -base64 48`.",
    secret=True,
)
BASE_URL = env.required(
    "BASE_URL",
    env.web_address,
    "Set the public address of the site, for example https://letters.example.org.",
)
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.required(
    "ALLOWED_HOSTS", env.host_names, "Set the site's host names, separated by commas."
)
DATABASES = {
    "default": env.required(
        "DATABASE_URL", env.database, "Set for example postgres://user:password@host:5432/name."
    )
    # A kept connection costs less than Django's pool; see docs/performance.md.
    | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
}
REDIS_URL = env.required("REDIS_URL", env.redis_address, "Set for example redis://host:6379/0.")
# For Django's mailers, and for petitions/smtp.py with its conversations that are held only once.
MAIL_SERVER = env.required(
    "EMAIL_URL", env.mail_server, "Set for example smtp+tls://user:password@host:587."
)
LOG_ORIGIN = env.required(
    "LOG_ORIGIN",
    str,
    "Set the name of the log for ever: a host and path without a scheme, example.org/log.",
)
LOG_SIGNER = env.required(
    "LOG_SIGNING_KEY",
    env.log_signer,
    "Make one with `python -m petitions.log.keygen ORIGIN` and keep a copy off this machine.",
    secret=True,
)
DEFAULT_FROM_EMAIL = env.required(
    "MAIL_FROM",
    env.sender,
    "Set the sender of all mail, for example Undersigned <letters@example.org>.",
)
# Codes to addresses at work say neither by name nor by text what they are for. Best an address at a
# domain that does not speak of letters either; without one, the address of MAIL_FROM without its name.
CODE_MAIL_FROM = env.optional(
    "CODE_MAIL_FROM", env.sender, parseaddr(DEFAULT_FROM_EMAIL)[1], "Set the sender of such codes."
)
# How many proxies of ours stand before the application: their X-Forwarded-* are believed.
TRUSTED_PROXIES = env.optional(
    "TRUSTED_PROXIES", env.whole_number, "0", "Set the number of proxies before the application."
)
# Signing attempts from one network (/24 or /48) in an hour. A company's staff share an address.
SIGNINGS_PER_NETWORK = env.optional(
    "SIGNINGS_PER_NETWORK", env.whole_number, "500", "Set how many may sign from one network."
)
# Confirmation mails to one mailbox in an hour, whatever the number of petitions.
MAILS_PER_ADDRESS = env.optional(
    "MAILS_PER_ADDRESS", env.whole_number, "4", "Set how many mails one address may get."
)
MEDIA_ROOT = env.optional("MEDIA_ROOT", Path, str(BASE_DIR / ".data/media"), "Set a folder.")
STATIC_ROOT = env.optional("STATIC_ROOT", Path, str(BASE_DIR / ".data/static"), "Set a folder.")
GITHUB_CLIENT_ID = env.optional("GITHUB_CLIENT_ID", str, "", "")
GITHUB_CLIENT_SECRET = env.optional("GITHUB_CLIENT_SECRET", str, "", "")
# Tokens go there, so an https site asks over TLS only; the stand-in of `make up` has none.
_github_address = env.secure_address if HTTPS else env.web_address
GITHUB_URL = env.optional(
    "GITHUB_URL", _github_address, "https://github.com", "Set the address of the GitHub server."
)
GITHUB_API_URL = env.optional(
    "GITHUB_API_URL",
    _github_address,
    # Only GitHub Enterprise has it below its own address.
    "https://api.github.com" if GITHUB_URL == "https://github.com" else f"{GITHUB_URL}/api/v3",
    "Set the address of the GitHub server's REST API.",
)

# --- Application -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "accounts",
    "petitions",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
]
MIDDLEWARE = [
    # Outermost: a page that is the same for everybody leaves before any other work is done.
    "petitions.shared_pages.SharedPages",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "petitions.languages.ReaderLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "petitions.urls"
WSGI_APPLICATION = "petitions.wsgi.application"
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
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Longest honest form: a name, an address, a role, an affiliation, and what proxies add.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# Nothing is uploaded.
FILE_UPLOAD_HANDLERS: list[str] = []

# --- Languages ---------------------------------------------------------------------------------

LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- People ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
# A stranger must not learn who has an account.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_SESSION_REMEMBER = True
# Strangers get no mail about accounts that they don't have.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
# Whoever signs up by GitHub types an address and the code mailed to it.
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_PROVIDERS = {
    "github": {
        "provider_class": "accounts.github.provider.Provider",
        "OAUTH_PKCE_ENABLED": True,
        # No scope: the numeric id and the login are public. More is asked for fact by fact.
        "SCOPE": [],
        "APPS": [{"client_id": GITHUB_CLIENT_ID, "secret": GITHUB_CLIENT_SECRET}]
        if GITHUB_CLIENT_ID
        else [],
    }
}
# The dotted name of the accounts.proof.Receiver that gets each fact proved through GitHub.
ACCOUNTS_PROOF_RECEIVER: str | None = "petitions.views.github.receive"

# --- Files -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
MEDIA_URL = "/media/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Mail --------------------------------------------------------------------------------------

MAILERS = {
    "default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": MAIL_SERVER}
}

# --- Caches ------------------------------------------------------------------------------------

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- What a browser may do ---------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    # GitHub's sign-in starts with a form of ours and ends on its pages.
    "form-action": [CSP.SELF, GITHUB_URL],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
# Gone with the browser's session, as it may be a computer at work.
CSRF_COOKIE_AGE = None
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "petitions.views.errors.csrf_failure"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Logs: no personal data (docs/privacy.md) --------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"paths": {"()": "petitions.log_records.WithoutTokens"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["paths"]}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Its records end in the request, whose paths hold tokens.
        "django.request": {"level": "ERROR"},
        "django.security.csrf": {"level": "ERROR"},
        # A line for each sweep of each second would bury the rest.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
