"""The portal's addresses, and beside them what it is compared with."""

from django.urls import include, path

from bench.rivals import bare_list, site

urlpatterns = [
    path("bench/admin/", site.urls),
    path("bench/bare/", bare_list),
    path("", include("campaign.urls")),
]
