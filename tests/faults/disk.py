"""A small disk of its own, in memory, that a test can fill. Mounting one needs root, on Linux."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STEP = 64 * 1024
"""It is filled to less than that, and then to the last page."""


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @contextmanager
    def full(self) -> Iterator[None]:
        """Not one page is free in the block, however much is given back meanwhile is free again."""
        try:
            with self._ballast.open("wb", buffering=0) as ballast:
                for step in (STEP, 4096):
                    _fill(ballast.fileno(), step)
            yield
        finally:
            self._ballast.unlink(missing_ok=True)


def _fill(number: int, step: int) -> None:
    while True:
        try:
            os.posix_fallocate(number, os.fstat(number).st_size, step)
        except OSError:
            return


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk | None]:
    """None where it may not be made."""
    folder = Path(tempfile.mkdtemp(prefix="assistants-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder], capture_output=True, check=False
    )
    try:
        yield SmallDisk(folder) if mounted.returncode == 0 else None
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()
