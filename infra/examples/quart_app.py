"""An import of rows: a Quart app and its Celery task, followed live.

With a Redis or Valkey, in this folder:

    export REDIS_URL=redis://127.0.0.1:6379/0 SECRET=$(openssl rand -hex 32) PAGE=../../src/web/example/dist
    echo '{"stream": true}' > gate.json
    celery -A quart_app:celery worker &
    hypercorn quart_app:asgi                  # http://127.0.0.1:8000
"""

import os
import time
from typing import Any
from uuid import uuid4

from celery import Celery
from quart import Quart, ResponseReturnValue, redirect, request
from quart_auth import AuthUser, QuartAuth, current_user, login_required, login_user

from playhead.adapters.live_quart import in_request
from playhead.live import FileGate, Live, live_job

REDIS_URL = os.environ["REDIS_URL"]
celery = Celery("quart_app", broker=REDIS_URL)


@celery.task(bind=True, acks_late=True, ignore_result=True)
def import_rows(self: Any, job_id: str, owner: str) -> None:
    with live_job(REDIS_URL, job_id, owner=owner, attempt=self.request.retries) as job:
        job.update("opening", message="Reading the table")
        rejected = 0
        for row in job.track(range(4000), total=4000, stage="importing"):
            time.sleep(0.002)  # as a database
            if row % 500 == 0:
                rejected += 1
                job.update(rejected=rejected)
        job.update("indexing", message="Building the index")


app = Quart(__name__, static_folder=os.environ["PAGE"], static_url_path="/page")
app.secret_key = os.environ["SECRET"]
QuartAuth(app, cookie_secure=False)  # True where people come by HTTPS
live = Live(
    REDIS_URL,
    who=in_request(app, lambda: current_user.auth_id),
    gate=FileGate(os.environ.get("GATE", "gate.json")),
)
asgi = live.wrap(app)


@app.get("/page/")
async def page() -> ResponseReturnValue:
    return await app.send_static_file("index.html")


@app.get("/")
async def index() -> ResponseReturnValue:
    return redirect("/page/")


@app.post("/sign-in")
async def sign_in() -> ResponseReturnValue:
    login_user(AuthUser((await request.form)["name"]))  # your app asks for a password, too
    return redirect("/page/", 303)


@app.post("/jobs")
@login_required
async def start() -> ResponseReturnValue:
    job_id, owner = str(uuid4()), str(current_user.auth_id)
    await live.queue(job_id, owner=owner)
    import_rows.delay(job_id, owner)
    return {"id": job_id}
