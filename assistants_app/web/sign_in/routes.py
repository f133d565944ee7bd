"""The addresses of signing in and of one's account. Names with `account_` and the like are those that allauth looks
for; what it has beyond them (signing up, changing addresses) is not routed.
"""

from django.urls import URLPattern, path

from assistants_app.web.sign_in import pages

urlpatterns: list[URLPattern] = [
    path("sign-in/", pages.SignIn.as_view(), name="sign-in"),
    path("sign-in/", pages.SignIn.as_view(), name="account_login"),
    path("sign-out/", pages.SignOut.as_view(), name="sign-out"),
    path("sign-in/link/<str:token>/", pages.one_time_link, name="sign-in-link"),
    path("account/", pages.account, name="account"),
]
