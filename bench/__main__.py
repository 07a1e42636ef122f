"""`python -m bench [OPTIONS] [AREA …]`: measure and print; docs/bench.md has the options.

Works on a throw-away database, or on one that is kept in a folder between runs. Prints a row per
figure, writes the same rows to `bench.json` in the data folder, and exits with 1 when a figure
does not hold.
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
    options.add_argument("--units", type=int, default=200, help="同时报送的单位数")
    options.add_argument("--keep", metavar="FOLDER", help="保留数据库的文件夹，下次直接使用")
    options.add_argument(
        "areas",
        nargs="*",
        help="只测这些方面：home leads lists search duplicates imports audit weekly boards rush "
        "fanout",
    )
    given = options.parse_args()

    os.environ["DJANGO_SETTINGS_MODULE"] = "campaign.settings.bench"
    if given.keep:
        os.environ["PORTAL_BENCH_FOLDER"] = given.keep
    import django

    django.setup()
    from bench.run import run

    return run(
        leads=given.leads,
        weeks=given.weeks,
        units=given.units,
        rounds=given.rounds,
        areas=given.areas,
        keep=bool(given.keep),
    )


if __name__ == "__main__":
    sys.exit(main())
