"""The inbox of reviews: what waits for me, what I asked for, and what was decided. All of it stands in the address."""

from dataclasses import dataclass
from typing import Self

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from assistants_app.models import Review, ReviewState
from assistants_app.models.reviews import ReviewQuerySet
from assistants_app.services.authors import Author
from assistants_app.services.review_lists import asked_by, visible_reviews, waiting_for
from assistants_app.web.access import SignedInRequest, author_of
from assistants_app.web.fragments import render_list, without_empty

PAGE_SIZE = 30

VIEWS = {
    "": _("Waiting for me"),
    "asked": _("Asked by me"),
    "open": _("All open"),
    "decided": _("Decided"),
}
STATES = {
    ReviewState.WAITING.value: ReviewState.WAITING.label,
    ReviewState.CHANGES.value: ReviewState.CHANGES.label,
    ReviewState.APPROVED.value: ReviewState.APPROVED.label,
    "stale": _("Superseded"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what means nothing there is passed over."""

    view: str
    state: str
    text: str
    page: str

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        view, state = query.get("show", ""), query.get("state", "")
        return cls(
            view=view if view in VIEWS else "",
            state=state if state in STATES else "",
            text=query.get("q", "").replace("\0", "").strip()[:200],
            page=query.get("page", ""),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.state or self.text)

    def found(self, author: Author) -> ReviewQuerySet:
        found = self._of_view(author).for_list()
        for word in self.text.split():
            found = found.filter(
                Q(assistant__name__icontains=word)
                | Q(asked_by_label__icontains=word)
                | Q(decided_by_label__icontains=word)
            )
        if self.state:
            found = found.shown_as(self.state)
        # Who waits longest is answered first.
        return found.order_by("asked_at", "pk") if self.view in ("", "open") else found.order_by("-asked_at", "-pk")

    def _of_view(self, author: Author) -> ReviewQuerySet:
        match self.view:
            case "asked":
                return asked_by(author)
            case "open":
                return visible_reviews(author).open()
            case "decided":
                return visible_reviews(author).exclude(state=ReviewState.WAITING)
            case _:
                return waiting_for(author)


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    asked = Asked.of(request.GET)
    author = author_of(request)
    page: Paginator[Review] = Paginator(asked.found(author), PAGE_SIZE)
    here = page.get_page(asked.page)
    context = {
        "asked": asked,
        "views": VIEWS.items(),
        "states": STATES.items(),
        "here": here,
        "waiting": waiting_for(author).count(),
        "older": without_empty(request.GET, page=here.next_page_number() if here.has_next() else None),
        "newer": without_empty(request.GET, page=here.previous_page_number() if here.has_previous() else None),
    }
    return render_list(request, "reviews/reviews.html", "reviews/_results.html", context)
