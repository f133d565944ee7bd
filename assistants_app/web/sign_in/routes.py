"""The addresses of signing in and of one's account. Names with `account_` or `mfa_` are those that allauth looks for;
what it has beyond them (signing up, changing addresses) is not routed.
"""

from django.urls import URLPattern, path

from assistants_app.web.sign_in import account, forgotten, operators, own_data, pages, second_factor, single_sign_on

urlpatterns: list[URLPattern] = [
    path("sign-in/", pages.SignIn.as_view(), name="sign-in"),
    path("sign-in/", pages.SignIn.as_view(), name="account_login"),
    path("sign-in/code/", second_factor.Code.as_view(), name="mfa_authenticate"),
    path("sign-in/sso/", single_sign_on.start, name="single-sign-on"),
    path("sign-in/sso/back/", single_sign_on.back, name="single-sign-on-back"),
    path("sign-in/link/<str:token>/", pages.one_time_link, name="sign-in-link"),
    path("sign-in/forgotten/", forgotten.ask, name="password-forgotten"),
    path("sign-in/forgotten/<str:token>/", forgotten.new_password, name="password-forgotten-new"),
    path("sign-out/", pages.SignOut.as_view(), name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/", account.account, name="mfa_index"),
    path("account/name/", own_data.name, name="account-name"),
    path("account/address/", own_data.address, name="account-address"),
    path("account/address/<str:token>/", own_data.address_proof, name="account-address-proof"),
    path("account/confirm/", second_factor.Confirm.as_view(), name="account_reauthenticate"),
    path("account/confirm/code/", second_factor.ConfirmByCode.as_view(), name="mfa_reauthenticate"),
    path("account/second-factor/", second_factor.SetUp.as_view(), name="mfa_activate_totp"),
    path("account/second-factor/remove/", second_factor.TakeAway.as_view(), name="mfa_deactivate_totp"),
    path("account/recovery-codes/", second_factor.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("account/recovery-codes/new/", second_factor.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("account/places/<int:pk>/end/", account.end_session, name="session-end"),
    path("account/places/end-others/", account.end_other_sessions, name="sessions-end"),
    path("people/<int:pk>/sign-out/", operators.sign_out, name="people-sign-out"),
    path("people/<int:pk>/second-factor/remove/", operators.take_factor, name="people-second-factor"),
]
