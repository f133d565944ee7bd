"""Signing in and out, and one's own account."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class SignIn(LoginView):
    template_name = "sign_in/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    pass


@login_not_required
def one_time_link(request: HttpRequest, token: str) -> HttpResponse:
    return render(request, "base.html")


def account(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")
