"""What both Python clients share: the order of the run, and the line that each scenario prints."""

import sys
import traceback


class NotOffered(Exception):
    """The framework has no such thing."""


# Each scenario, and the function of a client that goes through it.
SCENARIOS = {
    "create": "create",
    "paging": "paging",
    "redirect": "redirect_after_post",
    "upload-form": "upload_form",
    "upload-raw": "upload_raw",
    "download": "download",
    "range": "part_of_a_file",
    "not-modified": "not_modified",
    "if-match": "change_unless_changed",
    "invalid": "invalid",
    "not-found": "not_found",
    "fault": "fault",
    "fault-passed": "fault_passed",
    "cookies": "cookies",
    "slash": "slash",
    "head": "head",
    "options": "options",
    "unicode": "unicode",
    "sign-in": "sign_in",
    "signed-in": "signed_in",
    "events": "events",
    "renewal": "renewal",
    "sign-out": "sign_out",
}


def run(client):
    """Runs each scenario of a client, and prints its outcome, its name and, unless it passed, the reason."""
    for name, scenario in SCENARIOS.items():
        try:
            client[scenario]()
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
