from django.urls import path

from reporting.notes import views

urlpatterns = [
    path("notes/", views.notes, name="notes"),
    path("notes/all/", views.notes_of_day, name="notes_of_day"),
    path("notes/<int:pk>/withdraw/", views.withdraw, name="withdraw_note"),
]
