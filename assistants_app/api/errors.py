"""Errors as the API tells them: a status, and {"detail": …}."""

from typing import Any

from assistants_app.domain import errors
from assistants_app.domain.errors import ProductError
from assistants_app.domain.review_errors import ReviewMoved


class ApiError(Exception):
    """Answers with this status and {"detail": detail}; `headers` go along."""

    def __init__(self, status: int, detail: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def unprocessable(detail: str) -> ApiError:
    """What was sent cannot be used: 422."""
    return ApiError(422, detail)


STATUSES: dict[type[ProductError], int] = {
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.StaleBase: 409,
    ReviewMoved: 409,
    errors.ThreadBusy: 409,
    errors.RunEnded: 409,
    errors.RunNotEnded: 409,
    errors.SystemAssistantKept: 409,
    errors.GraphUnavailable: 409,
    errors.GraphUnknown: 400,
    errors.UpdateRefused: 400,
    errors.EngineNotRunning: 503,
    errors.EmbeddingFailed: 503,
    errors.Refused: 422,
}
"""By class; the nearest ancestor counts."""


def translated(error: ProductError) -> ApiError:
    """The product's own error as the API's."""
    status = next((STATUSES[one] for one in type(error).__mro__ if one in STATUSES), 500)
    if isinstance(error, errors.InvalidSettings) and error.errors:
        told = "; ".join(f"{one.pointer or 'the whole'}: {one.message}" for one in error.errors)
        return ApiError(status, f"{error.message} {told}")
    return ApiError(status, error.message)
