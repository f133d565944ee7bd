from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")

def add(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


def new_link(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "base.html")


def change(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "base.html")
