"""Command line: python -m stylize photo.jpg painting.jpg -o out.png."""

import os

from ..errors import StylizeError
from .flags import parser
from .jobs import check_flags, jobs_of, settings_of
from .terminal import OutputError, Report, note


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns its exit code: 0, 1 (a painting failed), 2 (bad input) or 130 (Ctrl-C)."""
    args = parser().parse_args(arguments)
    report = Report(args.json)
    try:
        settings = settings_of(args)
        check_flags(args, settings)
        jobs = jobs_of(args, settings, report)
        from . import paint  # loads torch, which takes seconds, so check the arguments first

        shared = paint.share(args, settings)
        if args.dask or args.workers > 1:
            from . import folder

            folder.paint_all(jobs, shared, report)
            jobs = []
        for job in jobs:
            try:
                paint.paint(job, shared, report)
            except StylizeError as error:
                report.fail(job.content, error)
            if report.code == 130:
                break
        if os.path.isdir(args.content):
            report.sum_up()
    except StylizeError as error:
        report.fail(args.content, error)
    except KeyboardInterrupt:
        if report.painted:
            report.sum_up()
        else:
            note("stopped before there was anything to save.")
        return 130
    except OutputError as error:
        note(str(error))
        return 1
    except OSError as error:  # there is no folder for temporary files
        note(f"{error.strerror or error}; set TMPDIR to one that can be written.")
        return 2
    return report.code
