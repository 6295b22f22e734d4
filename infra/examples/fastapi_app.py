"""Checksums of large files: a FastAPI app and its Celery task, followed live.

With a Redis or Valkey, in this folder:

    export REDIS_URL=redis://127.0.0.1:6379/0 SECRET=$(openssl rand -hex 32) PAGE=../../src/web/example/dist
    echo '{"stream": true}' > gate.json
    celery -A fastapi_app:celery worker &
    uvicorn fastapi_app:app                   # http://127.0.0.1:8000
"""

import os
import time
from hashlib import sha256
from typing import Annotated, Any
from uuid import uuid4

from celery import Celery
from fastapi import FastAPI, Form, HTTPException, Request
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware

from playhead.live import FileGate, Live, live_job

REDIS_URL = os.environ["REDIS_URL"]
celery = Celery("fastapi_app", broker=REDIS_URL)


@celery.task(bind=True, acks_late=True, ignore_result=True)
def checksum(self: Any, job_id: str, owner: str) -> None:
    with live_job(REDIS_URL, job_id, owner=owner, attempt=self.request.retries) as job:
        job.update("downloading", message="Fetching the file")
        digest = sha256()
        for block in job.track(range(80), total=80, stage="hashing"):
            digest.update(bytes([block]) * 1_000_000)
            time.sleep(0.1)  # as a slow disk
            job.update(megabytes=block + 1)
        job.update("checking", sha256=digest.hexdigest())


live = Live(
    REDIS_URL,
    who=lambda request: request.scope["session"].get("name"),
    gate=FileGate(os.environ.get("GATE", "gate.json")),
)
app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.environ["SECRET"])


@app.get("/")
def index() -> RedirectResponse:
    return RedirectResponse("/page/")


@app.post("/sign-in")
def sign_in(request: Request, name: Annotated[str, Form()]) -> RedirectResponse:
    request.session["name"] = name  # your app asks for a password, too
    return RedirectResponse("/page/", 303)


@app.post("/jobs")
async def start(request: Request) -> dict[str, str]:
    if (name := request.session.get("name")) is None:
        raise HTTPException(401)
    job_id = str(uuid4())
    await live.queue(job_id, owner=name)
    checksum.delay(job_id, name)
    return {"id": job_id}


app.mount("/page", StaticFiles(directory=os.environ["PAGE"], html=True))
app.mount("/", live)
