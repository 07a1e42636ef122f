from django.urls import path

from reporting.corrections import views

urlpatterns = [
    path("<int:pk>/correct/", views.edit, name="correct"),
    path("<int:pk>/correct/draft/", views.keep_draft, name="correct_draft"),
    path("corrections/", views.listing, name="corrections"),
    path("corrections/<int:pk>/", views.correction, name="correction"),
    path("corrections/<int:pk>/submit/", views.submit, name="submit_correction"),
    path("corrections/<int:pk>/withdraw/", views.withdraw, name="withdraw_correction"),
    path("corrections/<int:pk>/drop/", views.drop, name="drop_correction"),
    path("corrections/<int:pk>/sign/", views.sign, name="sign_correction"),
    path("corrections/<int:pk>/receive/", views.receive, name="receive_correction"),
    path("corrections/<int:pk>/return/", views.give_back, name="return_correction"),
]
