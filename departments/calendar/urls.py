from django.urls import path

from departments.calendar import views

app_name = "calendar"
urlpatterns = [
    path("", views.year, name="year"),
    path("complete/", views.complete, name="complete"),
]
