"""What a webhook is signed with can be checked by any library of the Standard Webhooks."""

import base64
import hashlib
import hmac

from assistants_app.domain.signatures import signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_it_works() -> None:
    """The example of the specification."""
    signed = signature(
        SECRET, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_any_text_is_a_secret() -> None:
    expected = base64.b64encode(hmac.new(b"hush", b"a.1.{}", hashlib.sha256).digest()).decode()
    assert signature("hush", message_id="a", timestamp=1, body=b"{}") == f"v1,{expected}"
    assert signature("whsec_no base64!", message_id="a", timestamp=1, body=b"{}").startswith("v1,")
