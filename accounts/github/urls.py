"""Addresses of the way to GitHub and back: github/login/ and github/login/callback/."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from .provider import Provider

urlpatterns = default_urlpatterns(Provider)
