from django.contrib import admin
from django.urls import include, path

from assistants_app.api.urls import agent_card

urlpatterns = [
    path("admin/", admin.site.urls),
    # Of the API, which authenticates itself, though it stands outside of its folder.
    path(".well-known/", include(([path("agent-card.json", agent_card)], "api"), namespace="well-known")),
    path("api/", include(("assistants_app.api.urls", "api"))),
    path("", include("assistants_app.web.urls")),
]

handler400 = "assistants_app.web.errors.bad_request"
handler403 = "assistants_app.web.errors.forbidden"
handler404 = "assistants_app.web.errors.not_found"
handler429 = "assistants_app.web.errors.too_often"  # allauth asks for it
