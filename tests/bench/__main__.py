"""Runs every benchmark, each in a process of its own."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    programs = sorted(path for path in Path(__file__).parent.glob("[!_]*.py") if "__main__" in path.read_text())
    names = [path.stem for path in programs]
    failed = 0
    for name in sys.argv[1:] or names:
        print(f"\n{name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
