"""Every page's address. Names are the screens' names."""

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, path

from assistants_app.web import (
    assistant_list,
    assistants,
    deliveries,
    edit,
    edit_others,
    exchange,
    graphs,
    home,
    inbox,
    keys,
    languages,
    new,
    people,
    person,
    prices,
    propose,
    run_list,
    run_page,
    runs,
    take,
    versions,
)
from assistants_app.web.audit import pages as audit
from assistants_app.web.cases import files as case_files
from assistants_app.web.cases import kept as case_kept
from assistants_app.web.cases import pages as cases
from assistants_app.web.cases import trials as case_trials
from assistants_app.web.chat import note as chat_note
from assistants_app.web.chat import pages as chat
from assistants_app.web.chat import pairs as chat_pairs
from assistants_app.web.chat import ratings as chat_ratings
from assistants_app.web.chat import runs as chat_runs
from assistants_app.web.chat import stream as chat_stream
from assistants_app.web.chat import votes as chat_votes
from assistants_app.web.compare import pages as compare
from assistants_app.web.dashboard import pages as dashboard
from assistants_app.web.reviews import inbox as review_inbox
from assistants_app.web.reviews import pages as reviews
from assistants_app.web.reviews import protection
from assistants_app.web.sign_in.routes import urlpatterns as sign_in

urlpatterns: list[URLPattern] = [
    path("", home.show, name="home"),
    *sign_in,
    path("language/", login_not_required(languages.choose), name="language"),
    path("people/", people.index, name="people"),
    path("people/add/", people.add, name="people-add"),
    path("people/<int:pk>/", person.show, name="person"),
    path("people/<int:pk>/roles/give/", person.give, name="person-give"),
    path("people/<int:pk>/roles/<int:grant_id>/take/", person.take, name="person-take"),
    path("people/<int:pk>/link/", people.new_link, name="people-link"),
    path("people/<int:pk>/change/", people.change, name="people-change"),
    path("keys/", keys.index, name="keys"),
    path("keys/add/", keys.add, name="key-add"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke, name="key-revoke"),
    path("dashboard/", dashboard.show, name="dashboard"),
    path("dashboard/prices/", prices.index, name="prices"),
    path("dashboard/prices/save/", prices.save, name="prices-save"),
    path("runs/", runs.index, name="runs"),
    path("runs/all/", run_list.index, name="runs-all"),
    path("runs/<uuid:run_id>/", run_page.show, name="run"),
    path("runs/<uuid:run_id>/cancel/", runs.cancel, name="runs-cancel"),
    path("runs/<uuid:run_id>/take-back/", runs.take_back, name="runs-take-back"),
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/<uuid:thread_id>/", inbox.show, name="inbox-thread"),
    path("inbox/<uuid:thread_id>/answer/", inbox.answer, name="inbox-answer"),
    path("reviews/", review_inbox.index, name="reviews"),
    path("reviews/<int:review_id>/", reviews.show, name="review"),
    path("reviews/<int:review_id>/comment/", reviews.comment, name="review-comment"),
    path("reviews/<int:review_id>/approve/", reviews.approve, name="review-approve"),
    path("reviews/<int:review_id>/changes/", reviews.ask_for_changes, name="review-changes"),
    path("reviews/<int:review_id>/unschedule/", reviews.unschedule, name="review-unschedule"),
    path("reviews/<int:review_id>/again/", reviews.ask_again, name="review-again"),
    path("deliveries/", deliveries.index, name="deliveries"),
    path("deliveries/test/", deliveries.test, name="deliveries-test"),
    path("audit/", audit.index, name="audit"),
    path("audit/export/", audit.export, name="audit-export"),
    path("graphs/", graphs.index, name="graphs"),
    path("retry-graph/", graphs.retry, name="graph-retry"),
    path("lock-setting/<path:graph_id>/", graphs.lock, name="graph-lock"),
    path("graphs/<path:graph_id>/", graphs.show, name="graph"),
    path("assistants/", assistant_list.index, name="assistants"),
    path("assistants/new/", new.new, name="assistant-new"),
    path("assistants/export/", exchange.export_many, name="assistants-export"),
    path("assistants/import/", exchange.import_file, name="assistants-import"),
    path("assistants/<uuid:assistant_id>/export/", exchange.export_one, name="assistant-export"),
    path("assistants/<uuid:assistant_id>/", assistants.overview, name="assistant"),
    path("assistants/<uuid:assistant_id>/edit/", edit.edit, name="assistant-edit"),
    path("assistants/<uuid:assistant_id>/edit/propose/", propose.propose, name="assistant-propose"),
    path("assistants/<uuid:assistant_id>/edit/others/", edit_others.others, name="assistant-edit-others"),
    path("assistants/<uuid:assistant_id>/rename/", assistants.rename, name="assistant-rename"),
    path("assistants/<uuid:assistant_id>/delete/", assistants.delete, name="assistant-delete"),
    path("assistants/<uuid:assistant_id>/protection/", protection.protect, name="assistant-protect"),
    path("assistants/<uuid:assistant_id>/activity/", audit.activity, name="assistant-activity"),
    path("assistants/<uuid:assistant_id>/versions/", versions.index, name="assistant-versions"),
    path("assistants/<uuid:assistant_id>/versions/<int:number>/", versions.show, name="assistant-version"),
    path("assistants/<uuid:assistant_id>/versions/<int:number>/restore/", versions.restore, name="assistant-restore"),
    path(
        "assistants/<uuid:assistant_id>/versions/<int:number>/make-live/",
        versions.make_live,
        name="assistant-make-live",
    ),
    path("assistants/<uuid:assistant_id>/versions/<int:number>/take/", take.take, name="assistant-take"),
    path("assistants/<uuid:assistant_id>/versions/<int:number>/clone/", versions.clone, name="assistant-clone"),
    path("assistants/<uuid:assistant_id>/compare/", versions.pick, name="assistant-compare-pick"),
    path("assistants/<uuid:assistant_id>/compare/<str:old>...<str:new>/", compare.show, name="assistant-compare"),
    path(
        "assistants/<uuid:assistant_id>/compare/<str:old>...<str:new>/text/",
        compare.as_text,
        name="assistant-compare-text",
    ),
    path("assistants/<uuid:assistant_id>/cases/", cases.index, name="cases"),
    path("assistants/<uuid:assistant_id>/cases/new/", cases.new, name="case-new"),
    path("assistants/<uuid:assistant_id>/cases/export/", case_files.export, name="cases-export"),
    path("assistants/<uuid:assistant_id>/cases/import/", case_files.import_file, name="cases-import"),
    path("assistants/<uuid:assistant_id>/cases/run/", case_trials.run, name="cases-run"),
    path("assistants/<uuid:assistant_id>/cases/<uuid:case_id>/", cases.edit, name="case"),
    path("assistants/<uuid:assistant_id>/cases/<uuid:case_id>/delete/", cases.delete, name="case-delete"),
    path("assistants/<uuid:assistant_id>/cases/trials/<uuid:trial_id>/", case_trials.show, name="trial"),
    path(
        "assistants/<uuid:assistant_id>/cases/trials/<uuid:trial_id>/cancel/", case_trials.cancel, name="trial-cancel"
    ),
    path(
        "assistants/<uuid:assistant_id>/cases/trials/<uuid:trial_id>/<int:result_id>/",
        case_trials.result,
        name="trial-result",
    ),
    path("assistants/<uuid:assistant_id>/test/", chat.start, name="assistant-chat"),
    path("assistants/<uuid:assistant_id>/test/compare/", chat_pairs.show, name="chat-pair"),
    path("assistants/<uuid:assistant_id>/test/compare/send/", chat_pairs.send, name="chat-pair-send"),
    path("assistants/<uuid:assistant_id>/test/compare/answers/", chat_pairs.answers, name="chat-pair-answers"),
    path("assistants/<uuid:assistant_id>/test/compare/vote/", chat_pairs.choose, name="chat-pair-vote"),
    path("assistants/<uuid:assistant_id>/test/compare/votes/", chat_votes.show, name="chat-pair-votes"),
    path("assistants/<uuid:assistant_id>/test/compare/stop/", chat_pairs.stop, name="chat-pair-stop"),
    path("assistants/<uuid:assistant_id>/test/note/", chat_note.note, name="chat-note"),
    path("assistants/<uuid:assistant_id>/test/send/", chat_runs.send, name="chat-send"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/", chat.show, name="assistant-thread"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/send/", chat_runs.send, name="thread-send"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/fork/", chat_runs.fork, name="thread-fork"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/retry/", chat_runs.retry, name="thread-retry"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/answer/", chat_runs.answer, name="thread-answer"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/rename/", chat.rename, name="thread-rename"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/delete/", chat.delete, name="thread-delete"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/raw/", chat.raw, name="thread-raw"),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/case/", case_kept.keep, name="thread-case"),
    path(
        "assistants/<uuid:assistant_id>/test/<uuid:thread_id>/runs/<uuid:run_id>/stream/",
        chat_stream.stream,
        name="run-stream",
    ),
    path("assistants/<uuid:assistant_id>/test/<uuid:thread_id>/runs/<uuid:run_id>/turn/", chat.turn, name="run-turn"),
    path(
        "assistants/<uuid:assistant_id>/test/<uuid:thread_id>/runs/<uuid:run_id>/stop/",
        chat_runs.stop,
        name="run-stop",
    ),
    path(
        "assistants/<uuid:assistant_id>/test/<uuid:thread_id>/runs/<uuid:run_id>/rating/",
        chat_ratings.rate,
        name="run-rating",
    ),
]
