"""What is refused about test cases."""

from collections.abc import Sequence

from assistants_app.domain.errors import FieldError, NotFound, Refused
from assistants_app.domain.language import gettext as _
from assistants_app.domain.language import gettext_noop


class CaseNotFound(NotFound):
    says = gettext_noop("There is no such test case. It may have been deleted.")


class TrialNotFound(NotFound):
    says = gettext_noop("There is no such trial of test cases.")


class InvalidCase(Refused):
    """`errors` point to what is wrong: "/name", "/input", "/checks", "/checks/0"…"""

    says = gettext_noop("This test case cannot be saved.")

    def __init__(self, errors: Sequence[FieldError]) -> None:
        told = "; ".join(error.message for error in errors)
        super().__init__(_("This test case cannot be saved: %(faults)s") % {"faults": told})
        self.errors = tuple(errors)


class InvalidTrial(Refused):
    says = gettext_noop("These test cases cannot be run.")


class InvalidCases(Refused):
    """`faults` are all that is wrong with a file of test cases, a sentence each."""

    says = gettext_noop("This file cannot be imported.")

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(_("This file cannot be imported: %(faults)s") % {"faults": " ".join(faults)})
        self.faults = tuple(faults)
