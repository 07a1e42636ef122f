from django.urls import path

from reporting.delegations import views

urlpatterns = [
    path("delegations/", views.listing, name="delegations"),
    path("units/<slug:code>/delegate/", views.delegate, name="delegate"),
    path("delegations/<int:pk>/end/", views.end, name="end_delegation"),
]
