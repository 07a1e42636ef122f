"""The entry point of the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from departments.acting import serve_people

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "campaign.settings.dev")

serve_people()
application = get_wsgi_application()

# What has been loaded by now stays: the collector need not look through it at every request.
gc.collect()
gc.freeze()
