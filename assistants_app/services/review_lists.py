"""Which reviews are there for somebody, and which wait for them."""

from django.db.models import Q

from assistants_app.models import Assistant, Protection, Role
from assistants_app.models.reviews import Review, ReviewQuerySet, ReviewState
from assistants_app.services.authors import Author
from assistants_app.services.rights import rights_of, visible_assistants


def visible_reviews(author: Author) -> ReviewQuerySet:
    """Those of the assistants that are there for them."""
    return Review.objects.filter(assistant__in=visible_assistants(author).order_by().values("pk"))


def waiting_for(author: Author) -> ReviewQuerySet:
    """Those whose next step is theirs: to decide, save what they saved themselves where somebody else has to approve
    it; or to change what they asked for, because somebody asked for changes."""
    decides = Assistant.objects.filter(rights_of(author).where_at_least(Role.PUBLISHER)).order_by().values("pk")
    own = Q(asked_by=author.person) if author.person else Q(pk__in=[])
    to_decide = Q(~(own & Q(assistant__protection=Protection.OTHER)), state=ReviewState.WAITING, assistant__in=decides)
    to_change = Q(own, state=ReviewState.CHANGES)
    return visible_reviews(author).open().filter(to_decide | to_change)


def asked_by(author: Author) -> ReviewQuerySet:
    """What they asked for, themselves or by a key of theirs."""
    return visible_reviews(author).filter(asked_by=author.person) if author.person else Review.objects.none()
