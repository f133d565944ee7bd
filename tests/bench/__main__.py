"""Runs every benchmark, each in a process of its own."""

import pkgutil
import subprocess
import sys

from tests import bench
from tests.bench.measuring import FRAME


def main() -> int:
    names = [module.name for module in pkgutil.iter_modules(bench.__path__) if module.name not in FRAME]
    failed = 0
    for name in sys.argv[1:] or names:
        print(f"\n{name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
