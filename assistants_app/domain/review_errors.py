"""The named errors of reviews: see `errors`."""

from assistants_app.domain.errors import NotAllowed, NotFound, ProductError
from assistants_app.domain.language import gettext_noop


class NotApproved(NotAllowed):
    says = gettext_noop("A publisher has to approve this version before it goes live.")


class OwnVersion(NotAllowed):
    says = gettext_noop("Here somebody else than its author has to approve a version.")


class CasesNotPassed(NotAllowed):
    says = gettext_noop("All test cases have to pass before this version is approved.")


class ReviewNotFound(NotFound):
    says = gettext_noop("There is no such review. Its assistant may have been deleted.")


class ReviewMoved(ProductError):
    says = gettext_noop("Somebody else was faster. Look at the review once more.")
