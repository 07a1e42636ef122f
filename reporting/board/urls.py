from django.urls import path

from reporting.board import views

urlpatterns = [
    path("matrix/", views.matrix, name="matrix"),
    path("matrix/rows/", views.matrix_rows, name="matrix_rows"),
    path("matrix/export/", views.export, name="export_matrix"),
    path("silence/", views.silent, name="silence"),
    path("weeks/<int:period_id>/urge/", views.urge, name="urge"),
    path("weeks/<int:period_id>/figures/", views.figures, name="figures"),
]
