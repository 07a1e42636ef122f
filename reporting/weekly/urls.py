from django.urls import path

from reporting.weekly.views import mine, reading, steps, writing

urlpatterns = [
    path("mine/", mine.mine, name="mine"),
    path("weeks/<int:period_id>/<slug:code>/edit/", writing.edit, name="edit"),
    path("weeks/<int:period_id>/<slug:code>/draft/", writing.keep_draft, name="draft"),
    path("weeks/<int:period_id>/<slug:code>/leads/<slug:figure>/", writing.counted, name="counted"),
    path("weeks/<int:period_id>/receive/", steps.receive_several, name="receive_several"),
    path("<int:pk>/", reading.report_detail, name="report"),
    path("<int:pk>/submit/", steps.submit, name="submit"),
    path("<int:pk>/withdraw/", steps.withdraw, name="withdraw"),
    path("<int:pk>/sign/", steps.sign, name="sign"),
    path("<int:pk>/receive/", steps.receive, name="receive"),
    path("<int:pk>/return/", steps.give_back, name="return"),
]
