from django.urls import path

from reporting.duties import views

urlpatterns = [
    path("settings/", views.settings, name="settings"),
    path("units/<slug:code>/", views.unit, name="unit"),
    path("units/<slug:code>/duty/", views.duty, name="duty"),
    path("units/<slug:code>/exempt/", views.exempt, name="exempt"),
    path("exemptions/<int:pk>/end/", views.end_exemption, name="end_exemption"),
    path("weeks/<int:period_id>/<slug:code>/reopen/", views.reopen, name="reopen"),
    path("reopenings/<int:pk>/end/", views.end_reopening, name="end_reopening"),
]
