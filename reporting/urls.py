from django.urls import include, path

app_name = "reporting"
urlpatterns = [
    path("", include("reporting.periods.urls")),
    path("", include("reporting.attachments.urls")),
    path("", include("reporting.board.urls")),
    path("", include("reporting.bulletins.urls")),
    path("", include("reporting.corrections.urls")),
    path("", include("reporting.delegations.urls")),
    path("", include("reporting.duties.urls")),
    path("", include("reporting.form_versions.urls")),
    path("", include("reporting.incidents.urls")),
    path("", include("reporting.notes.urls")),
    path("", include("reporting.weekly.urls")),
    path("", include("reporting.reminders.urls")),
]
