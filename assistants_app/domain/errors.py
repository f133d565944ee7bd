"""The named errors of the product: what a class `says` is its message, unless it is raised with one of its own.

A message is in the language of who is served when the error is raised; edges turn errors into answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop


class ProductError(Exception):
    says = gettext_noop("Something went wrong.")

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or _(self.says))

    @property
    def message(self) -> str:
        return str(self.args[0])


class NotFound(ProductError):
    says = gettext_noop("There is no such thing here.")


class AssistantNotFound(NotFound):
    says = gettext_noop("There is no such assistant. It may have been deleted.")


class VersionNotFound(NotFound):
    says = gettext_noop("This assistant has no such version.")


class ThreadNotFound(NotFound):
    says = gettext_noop("There is no such thread. It may have been deleted.")


class RunNotFound(NotFound):
    says = gettext_noop("There is no such run.")


class CronNotFound(NotFound):
    says = gettext_noop("There is no such cron.")


class CheckpointNotFound(NotFound):
    says = gettext_noop("This thread has no such checkpoint.")


class MessageNotFound(NotFound):
    says = gettext_noop("This thread has no such message.")


class GraphNotFound(NotFound):
    says = gettext_noop("There is no such graph.")


class Refused(ProductError):
    says = gettext_noop("This cannot be done.")


class NotAllowed(ProductError):
    says = gettext_noop("Your role does not allow this.")


class InvalidLock(Refused):
    says = gettext_noop("Choose one of the graph's settings, and who may change it.")


class InvalidGraphsConfig(ProductError):
    says = gettext_noop("The langgraph.json cannot be used.")


class OwnCodeUnavailable(ProductError):
    says = gettext_noop("Code that this site's langgraph.json names could not be loaded. An operator can see why.")


class GraphUnavailable(Refused):
    says = gettext_noop("This graph could not be loaded, so it cannot run. An operator can see why.")


class InvalidJson(Refused):
    says = gettext_noop("This is not valid JSON.")

    def __init__(self, message: str | None = None, *, line: int | None = None, column: int | None = None) -> None:
        if message and line is not None:
            placed = _("%(fault)s (line %(line)s, column %(column)s)")
            message = placed % {"fault": message, "line": line, "column": column}
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one setting.

    `pointer` is the JSON Pointer (RFC 6901) of the setting within the settings, "" for the whole.
    """

    pointer: str
    message: str


class InvalidSettings(Refused):
    says = gettext_noop("Some settings are not valid.")

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


class InvalidName(Refused):
    says = gettext_noop("Give the assistant a name of 1 to 200 characters.")


class InvalidText(Refused):
    """`field` says which one: "description" or "note"."""

    says = gettext_noop("This text cannot be saved.")

    def __init__(self, field: str, message: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class StaleBase(Refused):
    says = gettext_noop("Somebody saved a newer version meanwhile.")

    def __init__(self, *, expected: int, newest: int) -> None:
        super().__init__()
        self.expected = expected
        self.newest = newest


class SystemAssistantKept(Refused):
    says = gettext_noop("The assistant that stands for a graph's own defaults cannot be deleted.")


class ThreadBusy(Refused):
    says = gettext_noop("A run is still going on in this thread.")


class RunEnded(Refused):
    says = gettext_noop("This run has already ended.")


class RunMovedOn(Refused):
    says = gettext_noop("Meanwhile this run has ended, or has gone on elsewhere.")


class RunNotEnded(Refused):
    says = gettext_noop("This run has not ended yet.")


class InvalidRating(Refused):
    says = gettext_noop("An answer is rated as good or bad, with a note of at most 2,000 characters.")


class InvalidVote(Refused):
    says = gettext_noop("A vote is between two of your own answers to the same message.")


class NothingToResume(Refused):
    says = gettext_noop("Nothing waits for an answer in this thread.")


class AnsweredAlready(Refused):
    says = gettext_noop("Somebody else answered this meanwhile, or its thread went on. Your answer was not sent.")


class UnknownInterruptError(Refused):
    """Named as the official clients' documentation names it."""

    says = gettext_noop("This answers a question that nobody asked in this thread.")


class InvalidInput(Refused):
    says = gettext_noop("This input cannot be stored, so it cannot be sent to the graph.")


class SecretNotOpened(ProductError):
    says = gettext_noop("the secret that is stored cannot be opened: its key is not among ASSISTANTS_SECRETS_KEYS.")


class VariableMissing(ProductError):
    says = gettext_noop("the environment variable is not set.")


class VariableNotAllowed(ProductError):
    says = gettext_noop("the environment variable may not be read.")


class InvalidExport(Refused):
    """`faults` are all that is wrong, a sentence each."""

    says = gettext_noop("This file cannot be imported.")

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(_("This file cannot be imported: %(faults)s") % {"faults": " ".join(faults)})
        self.faults = tuple(faults)


class InvalidSchedule(Refused):
    says = gettext_noop("This schedule cannot be used.")


class InvalidItem(Refused):
    says = gettext_noop("This item cannot be kept in the store.")


class InvalidFilter(Refused):
    says = gettext_noop("This filter cannot be used.")


class NoSearchByMeaning(Refused):
    says = gettext_noop("Items cannot be searched by meaning here.")


class EmbeddingFailed(ProductError):
    says = gettext_noop("The embedding of the store failed.")


class GraphUnknown(Refused):
    says = gettext_noop(
        "This thread has no graph yet, for nothing has run in it. "
        "Name one in its metadata (graph_id), or run one first."
    )


class UpdateRefused(Refused):
    says = gettext_noop("The graph refuses this change of its state.")


class EngineNotRunning(ProductError):
    says = gettext_noop("Runs are not executed in this process: it does not serve.")


class NameMismatch(Refused):
    says = gettext_noop("The name does not match; nothing was deleted.")


class CannotMove(ProductError):
    says = gettext_noop("This site cannot be moved.")
