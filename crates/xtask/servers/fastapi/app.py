"""A small API as FastAPI's own tutorial writes it, with the framework's defaults."""

import asyncio
import hashlib
import os
import tempfile
from datetime import datetime, timedelta, timezone
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response, UploadFile, status
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel

KEY = "a key of this run that is long enough for HS256"
REPORT = os.path.join(tempfile.mkdtemp(), "report.bin")
with open(REPORT, "wb") as file:
    file.write(bytes(range(256)) * 4096)

app = FastAPI()
signed_in = OAuth2PasswordBearer(tokenUrl="token")


class NewItem(BaseModel):
    name: str
    price: float = 0


class Item(NewItem):
    id: int
    version: int = 1


items = {number: Item(id=number, name=f"item {number}") for number in range(1, 26)}


def add(new: NewItem) -> Item:
    item = Item(id=max(items) + 1, **new.model_dump())
    items[item.id] = item
    return item


def find(item_id: int) -> Item:
    if item_id not in items:
        raise HTTPException(status_code=404, detail="Item not found")
    return items[item_id]


@app.get("/items")
async def list_items(request: Request, response: Response, page: int = 1, size: int = 10) -> list[Item]:
    end = page * size
    if end < len(items):
        following = request.url.include_query_params(page=page + 1)
        response.headers["Link"] = f'<{following}>; rel="next"'
    response.headers["X-Total-Count"] = str(len(items))
    return list(items.values())[end - size : end]


@app.post("/items", status_code=status.HTTP_201_CREATED)
async def create_item(new: NewItem, request: Request, response: Response) -> Item:
    item = add(new)
    response.headers["Location"] = str(request.url_for("read_item", item_id=item.id))
    return item


@app.post("/items/redirect")
async def create_and_show(new: NewItem, request: Request) -> RedirectResponse:
    address = request.url_for("read_item", item_id=add(new).id)
    return RedirectResponse(address, status_code=status.HTTP_303_SEE_OTHER)


@app.get("/items/{item_id}")
async def read_item(
    item_id: int, response: Response, if_none_match: Annotated[str | None, Header()] = None
) -> Item:
    item = find(item_id)
    tag = f'"v{item.version}"'
    if if_none_match == tag:
        raise HTTPException(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return item


@app.put("/items/{item_id}")
async def change_item(
    item_id: int, new: NewItem, response: Response, if_match: Annotated[str | None, Header()] = None
) -> Item:
    item = find(item_id)
    if if_match and if_match != f'"v{item.version}"':
        raise HTTPException(status_code=412, detail="Item has changed")
    items[item_id] = Item(id=item_id, version=item.version + 1, **new.model_dump())
    response.headers["ETag"] = f'"v{item.version + 1}"'
    return items[item_id]


@app.post("/uploads")
async def upload(file: UploadFile) -> dict:
    digest = hashlib.sha256()
    while part := await file.read(1 << 20):
        digest.update(part)
    return {"name": file.filename, "size": file.size, "sha256": digest.hexdigest()}


@app.put("/uploads/raw")
async def upload_raw(request: Request) -> dict:
    digest, size = hashlib.sha256(), 0
    async for part in request.stream():
        digest.update(part)
        size += len(part)
    return {"size": size, "sha256": digest.hexdigest()}


@app.get("/report")
async def report() -> FileResponse:
    return FileResponse(REPORT, filename="report.bin")


@app.get("/events", response_class=EventSourceResponse)
async def events():
    for number in range(30):
        yield {"number": number}
        await asyncio.sleep(1)


@app.post("/token")
async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict:
    if (form.username, form.password) != ("ada", "adapass"):
        raise HTTPException(status_code=400, detail="Incorrect username or password")
    end = datetime.now(timezone.utc) + timedelta(minutes=30)
    return {"access_token": jwt.encode({"sub": form.username, "exp": end}, KEY), "token_type": "bearer"}


@app.get("/users/me")
async def me(token: Annotated[str, Depends(signed_in)]) -> dict:
    try:
        username = jwt.decode(token, KEY, algorithms=["HS256"])["sub"]
    except jwt.InvalidTokenError as error:
        raise HTTPException(
            status_code=401, detail="Invalid credentials", headers={"WWW-Authenticate": "Bearer"}
        ) from error
    return {"username": username, "email": "ada@example.com", "full_name": "Ada Okafor", "disabled": False}


@app.get("/cookies")
async def cookies(request: Request, response: Response) -> dict:
    response.set_cookie("upstream", "secret")
    return request.cookies


@app.get("/tags/{tag}")
async def tag(tag: str, q: str) -> dict:
    return {"tag": tag, "q": q}


@app.get("/faults/{kind}")
async def fault(kind: str) -> None:
    raise RuntimeError(f"a fault of kind {kind}")
