"""django-scim2 on SQLite: `python serve.py PORT TOKEN`."""
# mypy: ignore-errors
# (Django is no dependency of ours: this runs in an environment of its own.)

import sys
import tempfile
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from waitress import serve

PORT = sys.argv[1]

with tempfile.TemporaryDirectory() as folder:
    settings.configure(
        SECRET_KEY="of a server that lives for a comparison",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="people.site",
        AUTH_USER_MODEL="people.User",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "people"],
        MIDDLEWARE=["people.site.signed_in", "django_scim.middleware.SCIMAuthCheckMiddleware"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(folder, "people.db")}},
        SCIM_SERVICE_PROVIDER={
            "SCHEME": "http",
            "NETLOC": f"127.0.0.1:{PORT}",
            "GROUP_MODEL": "people.models.Group",
            "AUTHENTICATION_SCHEMES": [
                {"type": "oauthbearertoken", "name": "Bearer", "description": "A static token."}
            ],
        },
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    serve(get_wsgi_application(), host="127.0.0.1", port=int(PORT))
