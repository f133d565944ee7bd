"""More callers at once than there are connections in the pool: each is answered."""

from concurrent.futures import ThreadPoolExecutor

from tests.api.asking import Api

CALLERS = 30


def test_it_works(api: Api) -> None:
    """While it waits for the engine, a call holds a connection; the engine needs none of those."""
    thread_id = api.ok("POST", "/threads", {})["thread_id"]
    api.ok("POST", f"/threads/{thread_id}/runs/wait", {"assistant_id": "writer", "input": {"messages": []}})

    def read(_number: int) -> int:
        with Api(api.url, api.key) as asking:
            return asking.get(f"/threads/{thread_id}/state").status_code

    with ThreadPoolExecutor(CALLERS) as callers:
        assert list(callers.map(read, range(3 * CALLERS))) == [200] * 3 * CALLERS
