"""Tasks listed: the runs of an assistant, the newest first, each with what it came to. Import it late."""

from collections.abc import AsyncIterator
from itertools import count

from a2a.types.a2a_pb2 import ListTasksRequest, ListTasksResponse
from a2a.utils.constants import DEFAULT_LIST_TASKS_PAGE_SIZE
from a2a.utils.errors import InvalidParamsError
from a2a.utils.task import apply_history_length, decode_page_token, encode_page_token, validate_page_size
from django.db.models import QuerySet

from assistants_app.api.a2a.tasks import TaskRun, Tasks
from assistants_app.models import Run

AT_ONCE = 100

LOOKED_THROUGH = 1000
"""Tasks that one page looks through for those of a status; the next page goes on behind them."""


async def listed(tasks: Tasks, params: ListTasksRequest) -> ListTasksResponse:
    """Raises InvalidParamsError."""
    if params.HasField("page_size"):
        validate_page_size(params.page_size)
    size = params.page_size or DEFAULT_LIST_TASKS_PAGE_SIZE
    begin = _place(params.page_token)
    after = params.status_timestamp_after.ToDatetime() if params.HasField("status_timestamp_after") else None
    found = await tasks.rows(params.context_id, after)
    answer = ListTasksResponse(page_size=size, total_size=await tasks.count(found))
    place = begin
    async for place, task in _read(tasks, found, begin):
        told = task.told()
        if not params.status or told.status.state == params.status:
            if not params.include_artifacts:
                told.ClearField("artifacts")
            answer.tasks.append(apply_history_length(told, params))
        if len(answer.tasks) == size or place - begin == LOOKED_THROUGH:
            break
    if place < answer.total_size:
        answer.next_page_token = encode_page_token(str(place))
    return answer


async def _read(tasks: Tasks, found: QuerySet[Run], begin: int) -> AsyncIterator[tuple[int, TaskRun]]:
    """Each with the place behind it."""
    for start in count(begin, AT_ONCE):
        page = await tasks.page(found, start, AT_ONCE)
        for number, task in enumerate(page, start + 1):
            yield number, await tasks.read(task)
        if len(page) < AT_ONCE:
            return


def _place(token: str) -> int:
    if not token:
        return 0
    text = decode_page_token(token)
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidParamsError("There is no such page token.")
    return int(text)
