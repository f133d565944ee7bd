"""Searching the store by meaning: texts are embedded before a store is asked, so that no transaction waits for a model.

Also how operations are made ready for the official stores, and their results cut to the page asked for.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self, cast

from django.conf import settings
from langchain_core.embeddings import Embeddings
from langgraph.store.base import Op, PutOp, Result, SearchOp

from assistants_app.domain.errors import EmbeddingFailed, InvalidItem, NoSearchByMeaning
from assistants_app.domain.json_values import find_unstorable
from assistants_app.engine.store.filters import ALL, conditions
from assistants_app.graphs.bounded import run_bounded
from assistants_app.graphs.config_file import GraphsConfig
from assistants_app.graphs.embeddings import load_embeddings
from assistants_app.graphs.failures import summary
from assistants_app.graphs.sections.store import StoreIndex

logger = logging.getLogger(__name__)

ADDRESS_BYTES = 2000
"""PostgreSQL's indexes hold little more."""

Known = dict[str, list[float]]

_known: ContextVar[Known] = ContextVar("known_vectors")


class KnownVectors(Embeddings):
    """What the official stores ask for vectors: those that were made before."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [_known.get()[text] for text in texts]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return _known.get()[text]


class Meaning:
    """The embedding of `store.index`, if there is one. `problem` says why one that is configured cannot be used."""

    def __init__(self, config: StoreIndex | None = None, embeddings: Embeddings | None = None) -> None:
        self.config = config
        self.embeddings = embeddings
        self.problem = ""

    @classmethod
    def load(cls, config: GraphsConfig | None) -> Self:
        """What the langgraph.json names, imported; call it in a thread. What fails is a problem, no error."""
        index = config.store.index if config else None
        if config is None or index is None:
            return cls()
        try:
            seconds = settings.GRAPH_IMPORT_SECONDS
            return cls(index, run_bounded(lambda: load_embeddings(index, config.path.parent), seconds))
        except Exception as error:  # code of the site's own
            without = cls(index)
            without.give_up(f"the embedding of store.index cannot be loaded: {summary(error)}")
            return without

    def index(self) -> Any:
        """The official stores' configuration."""
        if self.config is None or self.embeddings is None:
            return None
        return {"dims": self.config.dims, "embed": KnownVectors(), "fields": list(self.config.fields)}

    def give_up(self, problem: str) -> None:
        self.problem, self.embeddings = problem, None
        logger.warning("Items of the store cannot be searched by meaning: %s.", problem)

    def check_stored(self, dims: int | None) -> None:
        if self.config and dims is not None and dims != self.config.dims:
            self.give_up(
                f"the store holds vectors of {dims} dimensions and store.index says {self.config.dims}:"
                " drop the table store_vectors and put the items again"
            )

    def embed(self, texts: list[str]) -> Known:
        """Raises EmbeddingFailed."""
        if self.embeddings is None or not texts:
            return {}
        try:
            return self._checked(texts, self.embeddings.embed_documents(texts))
        except Exception as error:  # code of the site's own, or a provider that does not answer
            raise _failed(error) from error

    async def aembed(self, texts: list[str]) -> Known:
        """Raises EmbeddingFailed."""
        if self.embeddings is None or not texts:
            return {}
        try:
            return self._checked(texts, await self.embeddings.aembed_documents(texts))
        except Exception as error:  # as above
            raise _failed(error) from error

    def _checked(self, texts: list[str], vectors: list[list[float]]) -> Known:
        if len(vectors) != len(texts):
            raise EmbeddingFailed(f"The embedding made {len(vectors)} vectors of {len(texts)} texts.")
        for vector in vectors:
            if self.config and len(vector) != self.config.dims:
                raise EmbeddingFailed(
                    f"The embedding makes vectors of {len(vector)} dimensions; store.index.dims is {self.config.dims}."
                )
        return dict(zip(texts, vectors, strict=True))


@contextmanager
def known(vectors: Known) -> Iterator[None]:
    """Let the official stores find these vectors."""
    token = _known.set(vectors)
    try:
        yield
    finally:
        _known.reset(token)


def _failed(error: Exception) -> EmbeddingFailed:
    if isinstance(error, EmbeddingFailed):
        return error
    return EmbeddingFailed(f"The embedding of the store failed: {type(error).__name__}: {error}")


def prepared(ops: Iterable[Op], meaning: Meaning) -> list[Op]:
    """Operations as the official stores answer them right, whoever asks. Raises InvalidItem, InvalidFilter,
    NoSearchByMeaning."""
    return [_prepared(op, meaning) for op in ops]


def _prepared(op: Op, meaning: Meaning) -> Op:
    if isinstance(op, PutOp) and op.value is not None:
        _check(op)
    if not isinstance(op, SearchOp):
        return op
    if op.query and meaning.problem:
        raise NoSearchByMeaning(f"Items cannot be searched by meaning here: {meaning.problem}.")
    if op.filter:
        conditions(op.filter)
        op = op._replace(filter={"_": {ALL: dict(op.filter)}})
    if op.query and meaning.embeddings:  # the official stores skip what comes before a page twice
        op = op._replace(limit=op.limit + op.offset, offset=0)
    return op


def _check(op: PutOp) -> None:
    """On one database fails what the other keeps; here it fails on both."""
    if fault := find_unstorable([op.value, op.key, *op.namespace]):
        raise InvalidItem(f"This item cannot be kept in the store: {fault}.")
    if len(".".join([*op.namespace, op.key]).encode()) > ADDRESS_BYTES:
        raise InvalidItem(f"An item's namespace and key have {ADDRESS_BYTES} bytes at most.")


def page(asked: list[Op], results: list[Result], meaning: Meaning) -> list[Result]:
    """Results as they were asked for, where `prepared` asked for more."""
    if meaning.embeddings is None:
        return results
    return [
        cast(list[Any], found)[op.offset :] if isinstance(op, SearchOp) and op.query else found
        for op, found in zip(asked, results, strict=True)
    ]


def texts_of(store: Any, ops: list[Op]) -> list[str]:
    """What must be embedded for these operations, each text once."""
    if not store.index_config:
        return []
    puts = [(index, op) for index, op in enumerate(ops) if isinstance(op, PutOp)]
    asked = store._prepare_batch_PUT_queries(puts)[1] if puts else None
    texts = [parameters[-1] for parameters in asked[1]] if asked else []
    texts += [op.query for op in ops if isinstance(op, SearchOp) and op.query]
    return list(dict.fromkeys(texts))
