"""Every page's address. Names are the screens' names."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
