from django.urls import path

from leads.views import assessment, closing, detail, intake, lists, verification

app_name = "leads"
urlpatterns = [
    path("", lists.lead_list, name="list"),
    path("new/", intake.lead_create, name="create"),
    path("assignments/<int:pk>/sign/", verification.assignment_sign, name="sign"),
    path("assignments/<int:pk>/feedback/", verification.assignment_report, name="report"),
    path("assignments/<int:pk>/return/", verification.assignment_return, name="return"),
    path("<slug:number>/", detail.lead_detail, name="detail"),
    path("<slug:number>/assign/", assessment.lead_assign, name="assign"),
    path("<slug:number>/decline/", assessment.lead_decline, name="decline"),
    path("<slug:number>/close/", closing.lead_close, name="close"),
]
