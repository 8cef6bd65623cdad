"""Addresses below /accounts/ that are ours; allauth has the others."""

from django.urls import path

from . import views

urlpatterns = [path("evidence/", views.evidence, name="evidence")]
