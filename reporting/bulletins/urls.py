from django.urls import path

from reporting.bulletins import views

urlpatterns = [
    path("bulletins/", views.listing, name="bulletins"),
    path("weeks/<int:period_id>/bulletin/", views.make, name="make_bulletin"),
    path("bulletins/<int:pk>/", views.bulletin, name="bulletin"),
    path("bulletins/<int:pk>/file/", views.bulletin_file, name="bulletin_file"),
    path("bulletins/<int:pk>/edit/", views.edit, name="edit_bulletin"),
    path("bulletins/<int:pk>/refresh/", views.refresh, name="refresh_bulletin"),
    path("bulletins/<int:pk>/submit/", views.submit, name="submit_bulletin"),
    path("bulletins/<int:pk>/withdraw/", views.withdraw, name="withdraw_bulletin"),
    path("bulletins/<int:pk>/return/", views.give_back, name="return_bulletin"),
    path("bulletins/<int:pk>/issue/", views.issue, name="issue_bulletin"),
    path("bulletins/<int:pk>/remind/", views.remind, name="remind_bulletin"),
]
