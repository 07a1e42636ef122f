from django.urls import path

from reporting.attachments import views

urlpatterns = [
    path("<int:pk>/files/add/", views.attach, name="attach_to_report"),
    path("<int:pk>/files/scan/", views.add_scan, name="scan_of_report"),
    path("files/<uuid:public_id>/", views.detail, name="report_file"),
    path("files/<uuid:public_id>/content/", views.content, name="report_file_content"),
    path("files/<uuid:public_id>/download/", views.download, name="report_file_download"),
    path("files/<uuid:public_id>/remove/", views.remove, name="remove_report_file"),
]
