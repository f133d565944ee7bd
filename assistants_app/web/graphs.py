from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


def retry(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


def show(request: HttpRequest, graph_id: str) -> HttpResponse:
    return render(request, "base.html")
