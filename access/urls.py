from django.urls import path

from access import views
from access.accounts import views as accounts
from access.factors import views as factors
from access.sessions import views as sessions

app_name = "access"
urlpatterns = [
    path("", views.account, name="account"),
    path("sessions/end/", sessions.end, name="end_session"),
    path("sessions/end-others/", sessions.end_others, name="end_others"),
    path("factor/", factors.factor, name="factor"),
    path("factor/check/", factors.check, name="check"),
    path("factor/codes/", factors.renew, name="renew"),
    path("factor/remove/", factors.remove, name="remove"),
    path("people/", accounts.people, name="people"),
    path("people/new/", accounts.person_new, name="person_new"),
    path("people/<int:pk>/", accounts.person, name="person"),
    path("people/<int:pk>/propose/", accounts.propose, name="propose"),
    path("people/<int:pk>/switch/", accounts.switch, name="switch"),
    path("people/<int:pk>/password/", accounts.reset_password, name="reset_password"),
    path("people/<int:pk>/factor/", accounts.reset_factor, name="reset_factor"),
    path("people/roles/<int:pk>/take/", accounts.take, name="take"),
    path("people/proposals/<int:pk>/", accounts.decide, name="decide"),
]
