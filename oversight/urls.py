from django.urls import path

from oversight.trail import views as trail
from oversight.watch import views as watch

app_name = "oversight"
urlpatterns = [
    path("", trail.entry_list, name="list"),
    path("export/", trail.export, name="export"),
    path("verify/", trail.verify, name="verify"),
    path("findings/", watch.finding_list, name="findings"),
    path("findings/<int:pk>/", watch.finding_detail, name="finding"),
    path("findings/<int:pk>/look/", watch.finding_look, name="look"),
    path("rules/", watch.rules, name="rules"),
]
