from django.urls import path

from reporting.periods import views

urlpatterns = [
    path("", views.board, name="board"),
    path("export/", views.export, name="export"),
]
