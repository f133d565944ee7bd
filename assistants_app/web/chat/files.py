"""Files sent with a message, as the content blocks that LangChain hands to any model."""

import base64
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from assistants_app.domain.errors import InvalidInput
from assistants_app.domain.json_values import Json

if TYPE_CHECKING:
    Upload = UploadedFile[bytes]
else:
    Upload = UploadedFile

LARGEST = 5 * 1024 * 1024
"""Bytes of one file; the least that the well-known providers accept for a picture."""

MOST = 10

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def content_of(text: str, files: Sequence[Upload]) -> Json:
    """A human message's content: the text alone, or blocks when there are files. Raises InvalidInput."""
    if not files:
        return text
    if len(files) > MOST:
        raise InvalidInput(_("At most %(count)d files can be sent at once.") % {"count": MOST})
    blocks = [_block(file) for file in files]
    return [{"type": "text", "text": text}, *blocks] if text.strip() else blocks


def _block(file: Upload) -> Json:
    name = PurePath(file.name or "").name or "file"
    if file.size is None or file.size > LARGEST:
        raise InvalidInput(_("“%(name)s” is larger than 5 MB.") % {"name": name})
    data = file.read()
    kind = _kind(data)
    if kind is None:
        raise InvalidInput(_("“%(name)s” is neither a picture (PNG, JPEG, GIF, WebP) nor a PDF file.") % {"name": name})
    block = {"base64": base64.b64encode(data).decode(), "mime_type": kind}
    if kind == "application/pdf":
        return {"type": "file", **block, "filename": name}
    return {"type": "image", **block}


def _kind(data: bytes) -> str | None:
    """By the first bytes: what a browser says of a file is only a guess from its name."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)
