"""The entries of a page as HTML: written here rather than by a template, which takes longer for fifty of them."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assistants_app.web.audit.shown import Change, Shown, Value


def markup(rows: Iterable[Shown]) -> SafeString:
    """An item of a list for each."""
    log, again = reverse("audit"), _("all of this")
    return format_html_join("", "{}", ((_entry(row, log, again),) for row in rows))


def _entry(row: Shown, log: str, again: str) -> SafeString:
    return format_html(
        '<li class="audit-entry" id="entry-{}"><div class="audit-entry__what">'
        '<span class="audit-entry__action {}">{}</span>{}</div>'
        '<p class="small muted audit-entry__where">{} · <time datetime="{}" data-time="exact">{}</time> · {}{}{}</p>'
        "{}</li>",
        row.entry.pk,
        "audit-entry__action--refused" if row.is_refusal else "",
        row.action,
        _object(row) if row.called else "",
        _link(f"{log}?{row.of_who}", row.who) if row.of_who else format_html("<span>{}</span>", row.who),
        row.at,
        row.when,
        row.face,
        format_html(' · <span class="mono">{}</span>', row.address) if row.address else "",
        _same(row, log, again) if row.of_object else "",
        _details(row) if row.changes or row.request_id else "",
    )


def _object(row: Shown) -> SafeString:
    called = format_html('<a class="link" href="{}">{}</a>', row.url, row.called) if row.url else row.called
    return format_html(
        ' <span class="audit-entry__object"><span class="small muted">{}</span> {}</span>', row.kind, called
    )


def _same(row: Shown, log: str, again: str) -> SafeString:
    what = format_html('{}<span class="visually-hidden"> {} {}</span>', again, row.kind, row.called)
    return format_html(" · {}", _link(f"{log}?{row.of_object}", what))


def _link(url: str, text: str) -> SafeString:
    return format_html('<a class="link link--quiet" href="{}">{}</a>', url, text)


def _details(row: Shown) -> SafeString:
    request = ""
    if row.request_id:
        request = format_html('<p class="small muted">{} <code>{}</code></p>', _("Request"), row.request_id)
    changes = ""
    if row.changes:
        lines = ((_change(one),) for one in row.changes)
        changes = format_html('<dl class="audit-changes">{}</dl>', format_html_join("", "{}", lines))
    return format_html(
        '<details class="audit-entry__more"><summary class="small">{}</summary>{}{}</details>',
        row.summary,
        changes,
        request,
    )


def _change(change: Change) -> SafeString:
    key = format_html(' <code class="small muted">{}</code>', change.key) if "." in change.key else ""
    if change.is_hidden:
        said = format_html('<span class="diff-state">{} ({}{})</span>', _("changed"), DOTS, _("hidden"))
    else:
        said = format_html_join(ARROW, "{}", ((_side(side, value),) for side, value in change.sides))
    return format_html('<div class="audit-change"><dt>{}{}</dt><dd>{}</dd></div>', change.label, key, said)


DOTS = format_html('<span aria-hidden="true">{} </span>', "••••••")
ARROW = format_html('<span class="diff-arrow" aria-hidden="true">{}</span>', "→")


def _side(side: str, value: Value) -> SafeString:
    if value.state == "value":
        said = format_html('<span class="diff-value" dir="auto">{}</span>', value.text)
    else:
        dots = DOTS if value.state == "hidden" else ""
        said = format_html('<span class="diff-state">{}{}</span>', dots, value.text)
    return format_html(
        '<span class="diff-side diff-side--{} {}"><span class="diff-sign" aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{} </span>{}</span>',
        side,
        "diff-side--absent" if value.state == "absent" else "",
        "−" if side == "old" else "+",
        _("before:") if side == "old" else _("after:"),
        said,
    )
