"""LangGraph's tables of a PostgreSQL that a site moves to: made by its own savers, as when the site is served."""

from assistants_app.engine.store.opening import open_store
from assistants_app.engine.threads.checkpointers import open_saver
from assistants_app.graphs.config_file import GraphsConfig


async def make_tables(config: GraphsConfig) -> str:
    """Makes what is missing. Returns why items of the store cannot be searched by meaning there; "" where they can,
    or where the langgraph.json does not want it."""
    async with open_saver(), open_store(config) as store:
        return store.meaning.problem
