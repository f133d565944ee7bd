"""An answer while it is written, as A2A's events. Import it late: see `operations`."""

import json
from collections.abc import Mapping

from a2a.helpers.proto_helpers import new_text_part
from a2a.types.a2a_pb2 import Artifact, TaskArtifactUpdateEvent

from assistants_app.api.a2a import parts as a2a_parts
from assistants_app.api.a2a.tasks import TaskRun
from assistants_app.domain.messages_content import text_of
from assistants_app.domain.stream import StreamEvent


class Writing:
    """The answer while it is written: each piece goes behind the last; another message begins it anew."""

    def __init__(self, task: TaskRun) -> None:
        self._task = task
        self._message_id: str | None = None

    def piece(self, event: StreamEvent) -> TaskArtifactUpdateEvent | None:
        if event.event != "messages":
            return None
        data = json.loads(event.data)
        message = data[0] if isinstance(data, list) and data else None
        if not isinstance(message, Mapping) or message.get("type") != "AIMessageChunk":
            return None
        text = text_of(message.get("content"))
        if not text:
            return None
        goes_on, self._message_id = self._message_id == message.get("id"), message.get("id")
        return TaskArtifactUpdateEvent(
            task_id=self._task.id,
            context_id=str(self._task.run.thread_id),
            artifact=Artifact(
                artifact_id=f"{self._task.id}-answer", name=a2a_parts.ANSWER, parts=[new_text_part(text)]
            ),
            append=goes_on,
        )
