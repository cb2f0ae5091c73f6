"""What both Python clients share: the order of the run, and the line that each scenario prints."""

import sys
import traceback


class NotOffered(Exception):
    """The framework has no such thing."""


def run(scenarios):
    """Runs each scenario, and prints its outcome, its name and, unless it passed, the reason."""
    for name, scenario in scenarios.items():
        try:
            scenario()
            print(f"pass\t{name}", flush=True)
        except NotOffered as reason:
            print(f"none\t{name}\t{reason}", flush=True)
        except Exception as error:
            traceback.print_exc()
            print(f"fail\t{name}\t{type(error).__name__}: {error}".replace("\n", " "), flush=True)


def same(found, expected, of=""):
    """Fails unless both are the same."""
    if found != expected:
        raise AssertionError(f"{of} {found!r}, expected {expected!r}")


def arrive_one_by_one(lines, clock):
    """Reads thirty events, one a second; fails where they come in heaps or not at all."""
    arrivals = [clock() for line in lines if line.startswith("data")]
    same(len(arrivals), 30, "events")
    gaps = [later - earlier for earlier, later in zip(arrivals, arrivals[1:])]
    if max(gaps) > 2.5 or arrivals[-1] - arrivals[0] < 28:
        raise AssertionError(f"the pauses between events were {[round(gap, 1) for gap in gaps]}")


def arguments():
    """The address of bff, and the port of the framework's server."""
    return sys.argv[1], sys.argv[2]
