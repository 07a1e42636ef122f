from django.urls import path

from leads import views

app_name = "leads"
urlpatterns = [
    path("", views.lead_list, name="list"),
    path("new/", views.lead_create, name="create"),
    path("assignments/<int:pk>/sign/", views.assignment_sign, name="sign"),
    path("assignments/<int:pk>/feedback/", views.assignment_report, name="report"),
    path("assignments/<int:pk>/return/", views.assignment_return, name="return"),
    path("<slug:number>/", views.lead_detail, name="detail"),
    path("<slug:number>/assign/", views.lead_assign, name="assign"),
    path("<slug:number>/decline/", views.lead_decline, name="decline"),
    path("<slug:number>/close/", views.lead_close, name="close"),
]
