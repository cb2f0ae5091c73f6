"""Drives the FastAPI app through bff by httpx."""

import hashlib
import os
import time

import httpx
from scenarios import NotOffered, arguments, arrive_one_by_one, run, same

BFF, UPSTREAM_PORT = arguments()
API = f"{BFF}/api/server"
UPLOAD = os.urandom(30 << 20)
DIGEST = hashlib.sha256(UPLOAD).hexdigest()
REPORT = bytes(range(256)) * 4096


def discreet(answer):
    """No answer names the server behind bff, and none sets a cookie of it."""
    same([value for value in answer.headers.values() if f":{UPSTREAM_PORT}" in value], [], "fields")
    same([value for value in answer.headers.get_list("set-cookie") if not value.startswith("bff")], [], "cookies")


client = httpx.Client(headers={"X-CSRF": "1"}, timeout=60, event_hooks={"response": [discreet]})


def at(location):
    """A `Location` or the target of a `Link`, as a browser resolves it."""
    assert location.startswith("/api/server/"), location
    return BFF + location


def create():
    answer = client.post(f"{API}/items", json={"name": "lamp", "price": 9.5})
    same(answer.status_code, 201)
    same(client.get(at(answer.headers["Location"])).json()["name"], "lamp")


def paging():
    seen, address = [], f"{API}/items?size=10"
    while address:
        answer = client.get(address)
        seen += [item["id"] for item in answer.json()]
        address = at(answer.links["next"]["url"]) if "next" in answer.links else None
    same(len(seen), len(set(seen)), "numbers")
    same(len(seen), int(answer.headers["X-Total-Count"]), "items")


def redirect_after_post():
    answer = client.post(f"{API}/items/redirect", json={"name": "desk"}, follow_redirects=True)
    same([one.status_code for one in [*answer.history, answer]], [303, 200])
    same(answer.json()["name"], "desk")


def upload_form():
    answer = client.post(f"{API}/uploads", files={"file": ("größe.bin", UPLOAD)})
    same(answer.json(), {"name": "größe.bin", "size": len(UPLOAD), "sha256": DIGEST})


def upload_raw():
    parts = (UPLOAD[start : start + 65536] for start in range(0, len(UPLOAD), 65536))
    same(client.put(f"{API}/uploads/raw", content=parts).json(), {"size": len(UPLOAD), "sha256": DIGEST})


def download():
    answer = client.get(f"{API}/report")
    same(answer.content == REPORT, True, "the same bytes:")
    same(answer.headers["Content-Disposition"], 'attachment; filename="report.bin"')
    same(answer.headers["Accept-Ranges"], "bytes")


def part_of_a_file():
    tag = client.head(f"{API}/report").headers.get("ETag") or client.get(f"{API}/report").headers["ETag"]
    for condition, status, length in [({}, 206, 100), ({"If-Range": tag}, 206, 100), ({"If-Range": '"old"'}, 200, len(REPORT))]:
        answer = client.get(f"{API}/report", headers={"Range": "bytes=300-399", **condition})
        same((answer.status_code, len(answer.content)), (status, length), condition)
    same(client.get(f"{API}/report", headers={"Range": "bytes=300-399"}).content, REPORT[300:400])
    same(client.get(f"{API}/report", headers={"Range": "bytes=9999999-"}).status_code, 416)


def events():
    with client.stream("GET", f"{API}/events", headers={"Accept": "text/event-stream"}) as answer:
        same(answer.headers["Content-Type"].split(";")[0], "text/event-stream")
        arrive_one_by_one(answer.iter_lines(), time.monotonic)


def not_modified():
    tag = client.get(f"{API}/items/2").headers["ETag"]
    answer = client.get(f"{API}/items/2", headers={"If-None-Match": tag})
    same((answer.status_code, answer.content, answer.headers["ETag"]), (304, b"", tag))


def change_unless_changed():
    tag = client.get(f"{API}/items/3").headers["ETag"]
    for status in [200, 412]:
        answer = client.put(f"{API}/items/3", json={"name": "chair"}, headers={"If-Match": tag})
        same(answer.status_code, status)
    same(answer.json(), {"detail": "Item has changed"})


def invalid():
    answer = client.post(f"{API}/items", json={"price": "much"})
    same(answer.status_code, 422)
    same([fault["loc"] for fault in answer.json()["detail"]], [["body", "name"], ["body", "price"]])


def not_found():
    answer = client.get(f"{API}/items/999")
    same((answer.status_code, answer.json()), (404, {"detail": "Item not found"}))


def fault():
    answer = client.get(f"{API}/faults/hidden")
    same((answer.status_code, answer.headers["Content-Type"]), (500, "application/problem+json"))


def fault_passed():
    answer = client.get(f"{API}/faults/passed")
    same((answer.status_code, answer.text), (500, "Internal Server Error"))


def sign_in():
    same(client.get(f"{API}/users/me").headers["WWW-Authenticate"], "Bearer")
    wrong = client.post(f"{BFF}/bff/login", json={"username": "ada", "password": "wrong"})
    same(wrong.status_code, 401)
    answer = client.post(f"{BFF}/bff/login", json={"username": "ada", "password": "adapass"})
    same(answer.status_code, 200, answer.text)
    same(answer.json()["user"]["username"], "ada")
    same("access_token" in answer.text, False, "the token in the answer:")


def signed_in():
    same(client.get(f"{API}/users/me").json()["username"], "ada")
    same(client.get(f"{BFF}/bff/session").json()["user"]["username"], "ada")


def renewal():
    raise NotOffered("the tutorial's sign-in issues no refresh token")


def sign_out():
    same(client.post(f"{BFF}/bff/logout").status_code, 200)
    same(client.get(f"{API}/users/me").status_code, 401)


def cookies():
    same(client.get(f"{API}/cookies", headers={"Cookie": "mine=1"}).json(), {})


def slash():
    answer = client.get(f"{API}/items/?size=5", follow_redirects=True)
    same([one.status_code for one in [*answer.history, answer]], [307, 200])
    same(len(answer.json()), 5)
    answer = client.post(f"{API}/items/", json={"name": "shelf"}, follow_redirects=True)
    same([one.status_code for one in [*answer.history, answer]], [307, 201])


def head():
    answer = client.head(f"{API}/items/1")
    same((answer.status_code, answer.headers["Allow"], answer.content), (405, "GET", b""))


def options():
    answer = client.options(f"{API}/items/1")
    same((answer.status_code, answer.headers["Allow"]), (405, "GET"))


def unicode():
    answer = client.get(f"{API}/tags/größe café", params={"q": "日本 & más"})
    same(answer.json(), {"tag": "größe café", "q": "日本 & más"})


run(vars())
