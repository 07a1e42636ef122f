from django.urls import path

from messaging import views
from messaging.deliveries import views as deliveries

app_name = "messaging"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read-all/", views.read_all, name="read_all"),
    path("contact/", deliveries.contact, name="contact"),
    path("deliveries/", deliveries.delivery_list, name="deliveries"),
    path("deliveries/<int:pk>/resend/", deliveries.resend, name="resend"),
    path("<int:pk>/read/", views.read, name="read"),
]
