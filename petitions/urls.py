"""Addresses of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from .views import (
    confirmation,
    delivery,
    evidence,
    github,
    health,
    link_request,
    own_signature,
    petition,
    signature,
)

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents

# What a signer does with a signature of their own. The cookie for it has this path.
own_patterns = [
    path("", own_signature.own_signature, name="own-signature"),
    path("withdraw/", own_signature.withdraw, name="withdraw"),
    path("forget/", own_signature.forget, name="forget"),
    path("links/", own_signature.links, name="new-link"),
    path("signature.json", own_signature.export, name="export"),
    path("badges/<int:badge>/drop/", own_signature.drop_badge, name="drop-badge"),
    path("evidence/work/", evidence.work, name="work-proof"),
    path("evidence/work/code/", evidence.work_code, name="work-code"),
    path("evidence/ssh/", evidence.ssh, name="ssh-proof"),
    path("evidence/github/", github.add, name="github-proof"),
    path("evidence/kept/<int:evidence>/", evidence.use_kept, name="use-kept"),
    path("<str:token>/", own_signature.open_link, name="manage-link"),
]

urlpatterns = [
    path("", petition.home, name="home"),
    path("petitions/<slug:slug>/", petition.petition, name="petition"),
    path("petitions/<slug:slug>/versions/<int:number>.md", petition.version, name="version"),
    path("petitions/<slug:slug>/signatures/", signature.signatures, name="signatures"),
    path("petitions/<slug:slug>/confirm/", confirmation.confirm, name="confirmation"),
    path("petitions/<slug:slug>/confirm/github/", github.sign, name="github-sign"),
    path("petitions/<slug:slug>/confirm/resend/", confirmation.resend, name="resend"),
    path(
        "petitions/<slug:slug>/confirm/<str:token>/", confirmation.confirm, name="confirmation-link"
    ),
    path("petitions/<slug:slug>/thanks/", confirmation.thanks, name="thanks"),
    path("petitions/<slug:slug>/link/", link_request.request_link, name="link-request"),
    path("petitions/<slug:slug>/signature/", include(own_patterns)),
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
