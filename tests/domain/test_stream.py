"""Where a stream goes on: what a client may give as the id of the last event that it has."""

import pytest

from assistants_app.domain.stream import event_number


@pytest.mark.parametrize(("text", "number"), [("7", 7), (" 12 ", 12), ("-1", -1), ("1795329443895-0", 1795329443895)])
def test_it_works(text: str, number: int) -> None:
    assert event_number(text) == number


@pytest.mark.parametrize("text", ["", "soon", "-2", "1.5", "٣", "9" * 30, "1-", "0x1"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no id of an event"):
        event_number(text)
