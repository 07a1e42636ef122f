from django.urls import path

from reporting.weekly import views

urlpatterns = [
    path("mine/", views.mine, name="mine"),
    path("weeks/<int:period_id>/<slug:code>/edit/", views.edit, name="edit"),
    path("weeks/<int:period_id>/<slug:code>/draft/", views.keep_draft, name="draft"),
    path("weeks/<int:period_id>/<slug:code>/leads/<slug:figure>/", views.counted, name="counted"),
    path("weeks/<int:period_id>/receive/", views.receive_several, name="receive_several"),
    path("<int:pk>/", views.report_detail, name="report"),
    path("<int:pk>/submit/", views.submit, name="submit"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/sign/", views.sign, name="sign"),
    path("<int:pk>/receive/", views.receive, name="receive"),
    path("<int:pk>/return/", views.give_back, name="return"),
]
