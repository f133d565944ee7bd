"""Views that tell where they ran."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from assistants_app.models import Person
from tests.running import connections_taken

log: list[str] = []
go_on = asyncio.Event()


def here() -> str:
    return threading.current_thread().name


@login_not_required
def sync_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{here()} {threading.get_ident()} {Person.objects.count()}")


@login_not_required
def slow_view(request: HttpRequest) -> HttpResponse:
    time.sleep(0.2)
    return HttpResponse(str(threading.get_ident()))


@login_not_required
@csrf_exempt
def posted(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.POST["text"])


@login_not_required
@csrf_exempt
def size(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.read())))


@login_not_required
async def async_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{here()} {await Person.objects.acount()}")


@login_not_required
async def stream(request: HttpRequest) -> StreamingHttpResponse:
    asked = await Person.objects.acount()

    async def pieces() -> AsyncIterator[str]:
        try:
            yield f"begin {asked}\n"
            await go_on.wait()
            yield f"people {await Person.objects.acount()} in {here()}\n"
        finally:
            log.append("closed")

    return StreamingHttpResponse(pieces())


@login_not_required
async def broken_stream(request: HttpRequest) -> StreamingHttpResponse:
    async def pieces() -> AsyncIterator[str]:
        yield "begin\n"
        raise ValueError("half way")

    return StreamingHttpResponse(pieces())


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("all of it")


async def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{here()} {hasattr(request, 'user')}")


async def bare_size(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.read())))


async def bare_broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("all of it")


@login_not_required
def taken(request: HttpRequest) -> HttpResponse:
    connection.ensure_connection()
    return HttpResponse(str(connections_taken()))


urlpatterns = [
    path("admin/", admin.site.urls),  # by which the audit log tells pages from the admin
    path("sync", sync_view),
    path("slow", slow_view),
    path("posted", posted),
    path("size", size),
    path("async", async_view),
    path("stream", stream),
    path("broken-stream", broken_stream),
    path("broken", broken),
    path("connections", taken),
    path("api/bare", bare),
    path("api/size", bare_size),
    path("api/bare-broken", bare_broken),
]
