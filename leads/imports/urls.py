from django.urls import path

from leads.imports import views

urlpatterns = [
    path("", views.import_list, name="imports"),
    path("template/", views.import_template, name="import_template"),
    path("<uuid:public_id>/", views.import_detail, name="import"),
    path("<uuid:public_id>/columns/", views.import_columns, name="import_columns"),
    path("<uuid:public_id>/words/", views.import_words, name="import_words"),
    path("<uuid:public_id>/check/", views.import_check, name="import_check"),
    path("<uuid:public_id>/confirm/", views.import_confirm, name="import_confirm"),
    path("<uuid:public_id>/cancel/", views.import_cancel, name="import_cancel"),
    path("<uuid:public_id>/marked/", views.import_marked, name="import_marked"),
]
