"""Floor 4. The LangGraph-Server-compatible HTTP API: one room per resource. Knows nothing of `web`.

A resource's file declares its operations, each with its address, body, query and answer models:

    @operation("POST", "/assistants/search", summary="…", tag=TAG, body=AssistantSearch, answer=list[…])
    async def search(call: Call[AssistantSearch, NoQuery]) -> HttpResponse: …

`operations` keeps them all; `dispatch` answers requests with them, `access/` finds out who calls and what the caller
may see, `description/` makes the OpenAPI document, `payloads/` has one shape per thing that is told. Handlers are
async; what touches the ORM goes through `await call.sync(function, …)`. Owns the words *operation*, *call*, *caller*.
"""
