"""`python -m bench [--leads N] [--weeks W] [--rounds R] [AREA …]`: measure and print.

Works on a throw-away database. Prints a row per figure, writes the same rows to `bench.json` in
the data folder, and exits with 1 when a figure does not hold.
"""

from __future__ import annotations

import argparse
import os
import sys


def main() -> int:
    options = argparse.ArgumentParser(prog="bench")
    options.add_argument("--leads", type=int, default=20_000, help="线索条数")
    options.add_argument("--weeks", type=int, default=26, help="周数")
    options.add_argument("--rounds", type=int, default=15, help="每项重复次数，取中位数")
    options.add_argument("areas", nargs="*", help="只测这些方面：home leads weekly")
    given = options.parse_args()

    os.environ["DJANGO_SETTINGS_MODULE"] = "campaign.settings.test"
    import django

    django.setup()
    from bench.run import run

    return run(leads=given.leads, weeks=given.weeks, rounds=given.rounds, areas=given.areas)


if __name__ == "__main__":
    sys.exit(main())
