"""Addresses of the bare project."""

from django.urls import path

from .views import page, sign

urlpatterns = [path("", page), path("sign/", sign)]
