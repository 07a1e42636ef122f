from django.urls import path

from leads.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("report/", views.report, name="report"),
    path("query/", views.ask, name="ask"),
    path("add/", views.add, name="add"),
]
