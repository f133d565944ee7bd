"""The product's own pages, and one route beside them that begins a run and streams it as the API would."""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from assistants_app.engine import engine
from assistants_app.models import Person, Run
from assistants_app.services.accepting import NewThread, begin_run
from assistants_app.services.authors import SYSTEM
from assistants_app.urls import urlpatterns as product
from tests import make


@login_not_required
@csrf_exempt
@require_POST
def prepare(request: HttpRequest) -> JsonResponse:
    """An assistant, and the cookies of a person who is signed in."""
    assistant = make.assistant(graph_id="tokens", settings={})
    client = Client()
    client.force_login(Person.objects.create_superuser(username="olga"))
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    return JsonResponse({"assistant_id": str(assistant.assistant_id), "cookies": cookies})


@login_not_required
@csrf_exempt
@require_POST
def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Begins and streams: {"assistant_id", "text", "stream_mode"}."""
    body: dict[str, Any] = json.loads(request.body)
    run = begin_run(
        thread=NewThread(),
        assistant_id=uuid.UUID(body["assistant_id"]),
        author=SYSTEM,
        input={"messages": [{"role": "user", "content": body["text"]}]},
        options={"stream_mode": body["stream_mode"]},
        worker_id=engine().worker_id,
    )
    engine().start(run)
    return StreamingHttpResponse(_events(run), content_type="text/event-stream")


async def _events(run: Run) -> AsyncIterator[bytes]:
    async for chunk in engine().listen_bytes(run.run_id):
        yield chunk


urlpatterns = [path("bench/prepare", prepare), path("bench/stream", stream), *product]
