from django.urls import path

from reporting.reminders import views

urlpatterns = [
    path("reminders/", views.reminder_rules, name="reminders"),
]
