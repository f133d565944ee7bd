"""The embedding that `store.index` names: texts to vectors, by code of the site's own or by a provider's model."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings

from assistants_app.graphs.importing import import_object
from assistants_app.graphs.sections.store import StoreIndex

Vectors = list[list[float]]


class NoEmbedding(Exception):
    """What `store.index.embed` names is neither a function nor an `Embeddings`."""


class FunctionEmbeddings(Embeddings):
    """A function of a list of texts, plain or async, for callers of either kind."""

    def __init__(self, function: Callable[[list[str]], Any]) -> None:
        self._function = function

    def embed_documents(self, texts: list[str]) -> Vectors:
        made = self._function(texts)
        if not inspect.isawaitable(made):
            return _lists(made)

        async def finish() -> Any:
            return await made

        with ThreadPoolExecutor(1) as pool:  # this thread may have a loop of its own
            return _lists(pool.submit(asyncio.run, finish()).result())

    async def aembed_documents(self, texts: list[str]) -> Vectors:
        if inspect.iscoroutinefunction(self._function):
            return _lists(await self._function(texts))
        made = await asyncio.to_thread(self._function, texts)
        return _lists(await made if inspect.isawaitable(made) else made)

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]

    async def aembed_query(self, text: str) -> list[float]:
        return (await self.aembed_documents([text]))[0]


def load_embeddings(index: StoreIndex, folder: Path) -> Embeddings:
    """Raises whatever importing raises, and NoEmbedding. `folder` is that of the langgraph.json."""
    if isinstance(index.embed, str):
        from langchain.embeddings import init_embeddings

        return init_embeddings(index.embed)
    found = import_object(index.embed, folder)
    if inspect.isclass(found) and issubclass(found, Embeddings):
        found = found()
    if isinstance(found, Embeddings):
        return found
    if not callable(found):
        raise NoEmbedding(f"{index.embed.name} is a {type(found).__name__}, no function and no Embeddings.")
    return FunctionEmbeddings(found)


def _lists(vectors: Sequence[Sequence[float]]) -> Vectors:
    """As plain numbers: numpy's are none to a database."""
    return [[float(number) for number in vector] for vector in vectors]
