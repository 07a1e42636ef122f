from django.urls import path

from reporting.incidents import views

urlpatterns = [
    path("incidents/", views.incidents, name="incidents"),
    path("incidents/new/", views.report, name="report_incident"),
    path("incidents/<int:pk>/", views.incident, name="incident"),
    path("incidents/<int:pk>/acknowledge/", views.acknowledge, name="acknowledge_incident"),
    path("incidents/<int:pk>/answer/", views.answer, name="answer_incident"),
    path("incidents/<int:pk>/lead/", views.begin_lead, name="incident_lead"),
]
