"""Drives the Django app through bff by requests."""

import hashlib
import os
import time

import requests
from scenarios import NotOffered, arguments, arrive_one_by_one, run, same

BFF, UPSTREAM_PORT = arguments()
API = f"{BFF}/api/server"
UPLOAD = os.urandom(30 << 20)
DIGEST = hashlib.sha256(UPLOAD).hexdigest()
REPORT = bytes(range(256)) * 4096


def discreet(answer, *_, **__):
    """No answer names the server behind bff, and none sets a cookie of it."""
    same([value for value in answer.headers.values() if f":{UPSTREAM_PORT}" in value], [], "fields")
    same([cookie.name for cookie in answer.cookies if cookie.name not in ("bff", "bff-device")], [], "cookies")


client = requests.Session()
client.headers["X-CSRF"] = "1"
client.hooks["response"].append(discreet)


def at(location):
    """A `Location`, as a browser resolves it."""
    assert location.startswith("/api/server/"), location
    return BFF + location


def create():
    answer = client.post(f"{API}/items/", json={"name": "lamp", "price": 9.5})
    same(answer.status_code, 201)
    same(client.get(at(answer.headers["Location"])).json()["name"], "lamp")
    same(answer.json()["url"], at(answer.headers["Location"]), "the address in the body")


def paging():
    seen, address = [], f"{API}/items/"
    while address:
        answer = client.get(address).json()
        seen += [item["id"] for item in answer["results"]]
        address = answer["next"]
    same(len(seen), len(set(seen)), "numbers")
    same(len(seen), answer["count"], "items")


def redirect_after_post():
    answer = client.post(f"{API}/items/redirect/", json={"name": "desk"})
    same([one.status_code for one in [*answer.history, answer]], [302, 200])
    same(answer.json()["name"], "desk")


def upload_form():
    answer = client.post(f"{API}/uploads/", files={"file": ("größe.bin", UPLOAD)})
    same(answer.json(), {"name": "größe.bin", "size": len(UPLOAD), "sha256": DIGEST})


def upload_raw():
    answer = client.put(f"{API}/uploads/large.bin", data=UPLOAD)
    same(answer.json(), {"size": len(UPLOAD), "sha256": DIGEST})


def download():
    answer = client.get(f"{API}/report/")
    same(answer.content == REPORT, True, "the same bytes:")
    same(answer.headers["Content-Disposition"], 'attachment; filename="report.bin"')
    same(answer.headers["Content-Length"], str(len(REPORT)))


def part_of_a_file():
    answer = client.get(f"{API}/report/", headers={"Range": "bytes=300-399"})
    same((answer.status_code, answer.content == REPORT), (200, True))
    raise NotOffered("FileResponse knows no ranges: 200 with the whole file")


def events():
    with client.get(f"{API}/events/", headers={"Accept": "text/event-stream"}, stream=True) as answer:
        same(answer.headers["Content-Type"], "text/event-stream")
        arrive_one_by_one(answer.iter_lines(chunk_size=1, decode_unicode=True), time.monotonic)


def not_modified():
    tag = client.get(f"{API}/items/2/").headers["ETag"]
    answer = client.get(f"{API}/items/2/", headers={"If-None-Match": tag})
    same((answer.status_code, answer.content, answer.headers["ETag"]), (304, b"", tag))


def change_unless_changed():
    tag = client.get(f"{API}/items/3/").headers["ETag"]
    for status in [200, 412]:
        answer = client.put(f"{API}/items/3/", json={"name": "chair"}, headers={"If-Match": tag})
        same(answer.status_code, status)


def invalid():
    answer = client.post(f"{API}/items/", json={"price": "much"})
    same(answer.status_code, 400)
    same(answer.json(), {"name": ["This field is required."], "price": ["A valid number is required."]})


def not_found():
    answer = client.get(f"{API}/items/999/")
    same((answer.status_code, answer.json()), (404, {"detail": "No Item matches the given query."}))
    answer = client.get(f"{API}/nothing/")
    same((answer.status_code, answer.headers["Content-Type"]), (404, "application/problem+json"), "a page of HTML")


def fault():
    answer = client.get(f"{API}/faults/hidden")
    same((answer.status_code, answer.headers["Content-Type"]), (500, "application/problem+json"))


def fault_passed():
    answer = client.get(f"{API}/faults/passed")
    same((answer.status_code, "<h1>Server Error (500)</h1>" in answer.text), (500, True))
    same(answer.headers["Content-Type"], "text/plain; charset=utf-8", "HTML as")


def sign_in():
    same(client.get(f"{API}/user/").headers["WWW-Authenticate"], 'Bearer realm="api"')
    wrong = client.post(f"{BFF}/bff/login", json={"username": "ada", "password": "wrong"})
    same(wrong.status_code, 401)
    answer = client.post(f"{BFF}/bff/login", json={"username": "ada", "password": "adapass"})
    same(answer.status_code, 200, answer.text)
    same(answer.json()["user"], {"id": "1", "username": "ada", "name": "Ada Okafor"})


def signed_in():
    same(client.get(f"{API}/user/").json()["username"], "ada")
    same(client.get(f"{BFF}/bff/session").json()["user"]["username"], "ada")


def renewal():
    # The access token's 20 seconds have passed while the events came.
    same(client.get(f"{API}/user/").status_code, 200)


def sign_out():
    same(client.post(f"{BFF}/bff/logout").status_code, 200)
    same(client.get(f"{API}/user/").status_code, 401)


def cookies():
    same(client.get(f"{API}/cookies/", headers={"Cookie": "mine=1"}).json(), {})


def slash():
    answer = client.get(f"{API}/items", params={"page": 2})
    same([one.status_code for one in [*answer.history, answer]], [301, 200])
    same(len(answer.json()["results"]), 10)


def head():
    answer = client.head(f"{API}/items/1/")
    same((answer.status_code, answer.content, "ETag" in answer.headers), (200, b"", True))


def options():
    answer = client.options(f"{API}/items/1/")
    same(answer.headers["Allow"], "GET, PUT, PATCH, DELETE, HEAD, OPTIONS")
    same(answer.json()["name"], "Item Instance")


def unicode():
    answer = client.get(f"{API}/tags/größe café/", params={"q": "日本 & más"})
    same(answer.json(), {"tag": "größe café", "q": "日本 & más"})


run(vars())
