from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include(("assistants_app.api.urls", "api"))),
    path("", include("assistants_app.web.urls")),
]

handler400 = "assistants_app.web.errors.bad_request"
handler403 = "assistants_app.web.errors.forbidden"
handler404 = "assistants_app.web.errors.not_found"
