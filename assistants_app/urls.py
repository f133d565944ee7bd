from django.contrib import admin
from django.urls import include, path

from assistants_app.api.urls import agent_card

urlpatterns = [
    path("admin/", admin.site.urls),
    path(".well-known/agent-card.json", agent_card),
    path("api/", include(("assistants_app.api.urls", "api"))),
    path("", include("assistants_app.web.urls")),
]

handler400 = "assistants_app.web.errors.bad_request"
handler403 = "assistants_app.web.errors.forbidden"
handler404 = "assistants_app.web.errors.not_found"
