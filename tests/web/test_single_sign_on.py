"""Single sign-on, at a provider that answers over HTTP and signs with a key of its own."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from pytest_django import Settings

from assistants_app.models import AuditEntry, Person
from assistants_app.services.people import one_time_link
from tests.identity import CLIENT_ID, SECRET, Claims, IdentityProvider, identity_provider
from tests.people import PASSWORD
from tests.web.codes import code, second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Settings) -> Iterator[IdentityProvider]:
    with identity_provider() as started:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_SECRET = started.url, CLIENT_ID, SECRET
        settings.OIDC_NAME = "Example"
        yield started


@pytest.fixture
def invited(erin: Person) -> Person:
    erin.email = "Erin@Example.org"
    erin.save()
    return erin


def come(client: Client, next_page: str = "") -> Any:
    """All the way there and back."""
    start = client.get("/sign-in/sso/", {"next": next_page} if next_page else {})
    assert start.status_code == 302, start.text
    return client.get(the_way_back(start.headers["Location"]))


def the_way_back(there: str) -> str:
    back = urlsplit(httpx.get(there).headers["Location"])
    return f"{back.path}?{back.query}"


def test_it_works(client: Client, provider: IdentityProvider, invited: Person) -> None:
    assert (
        'href="/sign-in/sso/?next=/assistants/">Sign in with Example' in client.get("/sign-in/?next=/assistants/").text
    )

    answer = come(client, "/assistants/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/assistants/")
    assert client.get("/").context["user"] == invited
    entry = AuditEntry.objects.get(action="session.began")
    assert (entry.who, entry.after) == ("Erin Editor", {"by": ["socialaccount"]})


def test_from_then_on_the_provider_knows_them(provider: IdentityProvider, invited: Person) -> None:
    come(Client())
    provider.person["email"] = "another@example.org"
    client = Client()

    assert come(client).headers["Location"] == "/"
    assert client.get("/").context["user"] == invited
    assert SocialAccount.objects.count() == 1


def test_a_password_of_before_still_works(provider: IdentityProvider, invited: Person) -> None:
    come(Client())

    assert Client().post("/sign-in/", {"login": "erin", "password": PASSWORD}).headers["Location"] == "/"


def test_by_the_provider_alone(provider: IdentityProvider, invited: Person, settings: Settings) -> None:
    settings.OIDC_ONLY = True
    page = Client().get("/sign-in/").text
    assert "Sign in with Example" in page
    assert 'name="password"' not in page
    assert "takes no passwords" in Client().post("/sign-in/", {"login": "erin", "password": PASSWORD}).text
    assert AuditEntry.objects.get(action="session.refused").who == "erin"

    client = Client()
    assert come(client).headers["Location"] == "/"
    assert 'name="new_password1"' not in client.get("/account/").text
    new = {"old_password": PASSWORD, "new_password1": "a short walk home", "new_password2": "a short walk home"}
    assert client.post("/account/", new).status_code == 403
    invited.refresh_from_db()
    assert invited.check_password(PASSWORD)


def test_a_link_stays_for_when_the_provider_is_away(invited: Person, settings: Settings) -> None:
    settings.OIDC_ONLY = True
    client = Client()
    assert client.post(one_time_link(invited)).status_code == 302
    assert client.get("/").context["user"] == invited


def test_a_second_factor_is_asked_for(client: Client, provider: IdentityProvider, invited: Person) -> None:
    second_factor(invited)

    assert come(client).headers["Location"] == "/sign-in/code/"
    assert client.post("/sign-in/code/", {"code": code()}).headers["Location"] == "/"


def test_the_policy_leaves_it_to_the_provider(
    client: Client, provider: IdentityProvider, invited: Person, settings: Settings
) -> None:
    settings.SECOND_FACTOR = "everybody"
    come(client)

    assert client.get("/").status_code == 200


def test_somebody_of_the_domain_is_added(client: Client, provider: IdentityProvider, settings: Settings) -> None:
    settings.OIDC_DOMAINS = ["example.org"]

    come(client)

    person = Person.objects.get()
    assert (person.username, str(person), person.is_superuser) == ("erin@example.org", "Erin Elsewhere", False)
    assert [grant.role for grant in person.grants.all()] == ["viewer"]
    assert not person.has_usable_password()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email_verified": False}, "No verified email address"),
        ({"email_verified": None}, "No verified email address"),
        ({"email": ""}, "No verified email address"),
        ({"email": None}, "No verified email address"),
        ({"email": "mallory@elsewhere.example"}, "Nobody has your email address here"),
        ({"email": "mallory@sub.example.org.evil.example"}, "Nobody has your email address here"),
        ({"email": ["erin@example.org"]}, "Nobody has your email address here"),
    ],
)
def test_who_is_not_let_in(
    client: Client,
    provider: IdentityProvider,
    invited: Person,
    settings: Settings,
    change: dict[str, Any],
    said: str,
) -> None:
    provider.person |= change

    answer = come(client)

    assert answer.status_code == 403
    assert said in answer.text
    assert client.get("/").status_code == 302
    assert Person.objects.count() == 1


def test_a_deactivated_person_is_told(client: Client, provider: IdentityProvider, invited: Person) -> None:
    for _known in (False, True):
        invited.is_active = False
        invited.save()
        assert "This account cannot sign in" in come(client).text
        assert client.get("/").status_code == 302
        invited.is_active = True
        invited.save()
        come(Client())


def test_two_with_one_address_are_told(client: Client, provider: IdentityProvider, invited: Person) -> None:
    Person.objects.create_user(username="twin", email="erin@example.org")

    assert "Several people have your email address" in come(client).text


def test_addresses_may_be_trusted(
    client: Client, provider: IdentityProvider, invited: Person, settings: Settings
) -> None:
    settings.OIDC_TRUST_ADDRESSES = True
    del provider.person["email_verified"]

    assert come(client).headers["Location"] == "/"


OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    "twist",
    [
        lambda claims: claims.update(nonce="another"),
        lambda claims: claims.pop("nonce"),
        lambda claims: claims.update(iss="https://evil.example"),
        lambda claims: claims.update(aud="another client"),
        lambda claims: claims.update(aud=[CLIENT_ID, "another"], azp="another"),
        lambda claims: claims.update(exp=claims["iat"] - 3600),
        lambda claims: claims.pop("exp"),
        lambda claims: claims.update(iat=claims["iat"] + 3600),
        lambda claims: claims.update(sub="2"),
        lambda claims: claims.pop("sub"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in(
    client: Client, provider: IdentityProvider, invited: Person, twist: Callable[[Claims], object]
) -> None:
    provider.twist = twist

    answer = come(client)

    assert answer.status_code == 401
    assert "could not be trusted" in answer.text
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "signing",
    [
        {"key": OTHER_KEY},
        {"headers": {"kid": "two"}},
        {"algorithm": "HS256", "key": SECRET.ljust(32)},
        {"algorithm": "none", "key": None},
        {"algorithm": "RS512"},
    ],
)
def test_a_token_that_is_not_well_signed(
    client: Client, provider: IdentityProvider, invited: Person, signing: dict[str, Any]
) -> None:
    provider.signing |= signing

    assert come(client).status_code == 401
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("place", ["/.well-known/openid-configuration", "/token", "/keys", "/profile"])
@pytest.mark.parametrize("answer", [b"<html>", [], {}, {"access_token": "x"}, {"keys": 7}, "text", None])
def test_a_provider_that_talks_nonsense(
    client: Client, provider: IdentityProvider, invited: Person, place: str, answer: Any
) -> None:
    start = client.get("/sign-in/sso/")
    back = the_way_back(start.headers["Location"])
    provider.answers[place] = answer

    assert client.get(back).status_code == 401
    assert client.get("/").status_code == 302


def test_a_provider_that_is_down(client: Client, settings: Settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_SECRET = "http://127.0.0.1:1", CLIENT_ID, SECRET

    assert client.get("/sign-in/sso/").status_code == 401


def test_a_wrong_issuer(client: Client, provider: IdentityProvider, invited: Person) -> None:
    provider.issuer_said = "https://evil.example"

    assert client.get("/sign-in/sso/").status_code == 401


def test_a_way_back_that_was_not_begun_here(client: Client, provider: IdentityProvider, invited: Person) -> None:
    """An attacker cannot sign somebody in as another by a link."""
    there = Client().get("/sign-in/sso/").headers["Location"]

    assert client.get(the_way_back(there)).status_code == 401
    for query in ("", "?code=x", "?state=x", "?code=x&state=%00", "?error=server_error"):
        assert client.get(f"/sign-in/sso/back/{query}").status_code == 401
    assert client.get("/").status_code == 302


def test_a_way_back_works_once(client: Client, provider: IdentityProvider, invited: Person) -> None:
    back = the_way_back(client.get("/sign-in/sso/").headers["Location"])
    client.get(back)
    client.post("/sign-out/")

    assert client.get(back).status_code == 401


def test_cancelled_there(client: Client, provider: IdentityProvider) -> None:
    provider.refuses = True

    assert "You cancelled it there" in come(client).text


def test_the_address_changes_nothing_of_the_request(client: Client, provider: IdentityProvider) -> None:
    asked = {"auth_params": "prompt=none&redirect_uri=https://evil.example", "scope": "all", "process": "connect"}

    there = client.get("/sign-in/sso/", {**asked, "next": "https://evil.example/"}).headers["Location"]

    query = parse_qs(urlsplit(there).query)
    assert query["redirect_uri"] == ["http://testserver/sign-in/sso/back/"]
    assert set(query["scope"][0].split()) == {"openid", "profile", "email"}
    assert "prompt" not in query
    assert query["code_challenge_method"] == ["S256"]


def test_without_a_provider_there_is_no_such_page(client: Client) -> None:
    assert client.get("/sign-in/sso/").status_code == 404
    assert client.get("/sign-in/sso/back/").status_code == 404
    assert "Sign in with" not in client.get("/sign-in/").text
