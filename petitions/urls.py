"""Addresses of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from .views import confirmation, delivery, health, petition, signature

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents

urlpatterns = [
    path("", petition.home, name="home"),
    path("petitions/<slug:slug>/", petition.petition, name="petition"),
    path("petitions/<slug:slug>/versions/<int:number>.md", petition.version, name="version"),
    path("petitions/<slug:slug>/signatures/", signature.signatures, name="signatures"),
    path("petitions/<slug:slug>/confirm/", confirmation.confirm, name="confirmation"),
    path(
        "petitions/<slug:slug>/confirm/<str:token>/", confirmation.confirm, name="confirmation-link"
    ),
    path("petitions/<slug:slug>/thanks/", confirmation.thanks, name="thanks"),
    path("petitions/<slug:slug>/deliveries/", delivery.deliveries, name="deliveries"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "petitions.views.errors.bad_request"
handler403 = "petitions.views.errors.refused"
handler404 = "petitions.views.errors.not_found"
handler500 = "petitions.views.errors.server_error"
