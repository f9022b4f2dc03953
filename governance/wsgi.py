"""The application that the web server loads. It refuses to load where serving would be unsafe."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

application = get_wsgi_application()

from governance.boot import refuse_unsafe  # noqa: E402 - models can be read only once Django is set up

refuse_unsafe()
