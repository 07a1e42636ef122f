from django.urls import path

from reporting.form_versions import views

urlpatterns = [
    path("form/", views.form, name="form"),
    path("form/edit/", views.edit, name="form_edit"),
]
