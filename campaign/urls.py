"""Every address of the portal."""

from django.contrib.auth import views as auth
from django.urls import include, path

from access.passwords.views import OwnPassword
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
    path("password/", OwnPassword.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("account/", include("access.urls")),
    path("leads/", include("leads.urls")),
    path("public/", include("leads.desk.urls")),
    path("reports/", include("reporting.urls")),
    path("messages/", include("messaging.urls")),
    path("exports/", include("jobs.urls")),
    path("units/", include("departments.urls")),
    path("calendar/", include("departments.calendar.urls")),
    path("audit/", include("oversight.urls")),
]
