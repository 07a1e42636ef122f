"""Every address of the portal."""

from django.contrib.auth import views as auth
from django.urls import include, path

from campaign.views import healthz
from departments.forms import SignInForm
from reporting.statistics.views import home

sign_in = auth.LoginView.as_view(authentication_form=SignInForm, redirect_authenticated_user=True)

handler500 = "campaign.views.server_error"
urlpatterns = [
    path("", home, name="home"),
    path("healthz/", healthz, name="healthz"),
    path("login/", sign_in, name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("leads/", include("leads.urls")),
    path("reports/", include("reporting.urls")),
    path("messages/", include("messaging.urls")),
    path("exports/", include("jobs.urls")),
    path("units/", include("departments.urls")),
    path("audit/", include("oversight.urls")),
]
