"""All that the databases hold, as somebody who takes a copy gets it; and what a secret looks like in such a copy."""

import subprocess
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote, quote_plus

from django.conf import settings as site
from django.db import connection

from tests.browser.site import database_url
from tests.postgres import find_programs
from tests.services.test_secrets import tables


def forms(secret: str) -> set[str]:
    """As it is, in an address, as PostgreSQL writes bytes, and in base64 wherever in a longer text it begins."""
    raw = secret.encode()
    found = {secret, quote(secret, safe=""), quote_plus(secret), raw.hex()}
    for before, unsure in ((0, 0), (1, 2), (2, 3)):
        whole = (before + len(raw)) * 8 // 6  # letters that tell of nothing that follows
        for encode in (b64encode, urlsafe_b64encode):
            found.add(encode(b"\0" * before + raw).decode()[unsure:whole])
    return found


def stored() -> str:
    """Every table, a full dump by PostgreSQL's own program, and on SQLite the bytes of the files."""
    if connection.vendor == "postgresql":
        return tables() + _dump()
    files = [path for path in Path(site.DATA_FOLDER).rglob("*.sqlite3*") if path.is_file()]
    assert files
    return tables() + "".join(_bytes_of(path).decode("latin-1") for path in files)


def _dump() -> str:
    folder = find_programs()
    assert folder is not None
    done = subprocess.run([folder / "pg_dump", "--format=plain", database_url()], check=True, capture_output=True)
    return done.stdout.decode()


def _bytes_of(path: Path) -> bytes:
    """Read by another process: one that closes a file loses all its locks on it (POSIX), those SQLite holds for this
    process's connections included, and the next server to start would take the database for unused and break it."""
    return subprocess.run(["cat", path], check=True, capture_output=True).stdout
