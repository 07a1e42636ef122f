from django.urls import path

from departments import views

app_name = "departments"
urlpatterns = [
    path("", views.unit_list, name="list"),
    path("<slug:code>/", views.unit_detail, name="detail"),
    path("<slug:code>/contact/", views.unit_contact, name="contact"),
]
