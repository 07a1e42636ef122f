from django.urls import include, path

app_name = "reporting"
urlpatterns = [
    path("", include("reporting.periods.urls")),
    path("", include("reporting.weekly.urls")),
]
