"""A yearly report: a Django app and its Celery task, followed live.

With a Redis or Valkey, in this folder:

    export REDIS_URL=redis://127.0.0.1:6379/0 SECRET=$(openssl rand -hex 32) PAGE=../../src/web/example/dist
    echo '{"stream": true}' > gate.json
    celery -A django_app:celery worker &
    gunicorn -k uvicorn_worker.UvicornWorker django_app:app    # http://127.0.0.1:8000
"""

import os
import time
from statistics import fmean
from typing import Any
from uuid import uuid4

from celery import Celery
from django.conf import settings
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST
from django.views.static import serve

from playhead.live import FileGate, Live, live_job, queue

REDIS_URL, PAGE = os.environ["REDIS_URL"], os.environ["PAGE"]
celery = Celery("django_app", broker=REDIS_URL)


@celery.task(bind=True, acks_late=True, ignore_result=True)
def write_report(self: Any, job_id: str, owner: str) -> None:
    with live_job(REDIS_URL, job_id, owner=owner, attempt=self.request.retries) as job:
        job.update("collecting", message="Reading last year's sales")
        means = []
        for day in job.track(range(1, 366), total=365, stage="counting"):
            means.append(fmean(n % day for n in range(20_000)))
            time.sleep(0.02)  # as a query
            job.update(days=day)
        job.update("drawing", message="Drawing the charts", mean=round(fmean(means), 1))


def start(request: HttpRequest) -> HttpResponse:
    if (name := request.session.get("name")) is None:
        return HttpResponse(status=401)
    job_id = str(uuid4())
    queue(REDIS_URL, job_id, owner=name)
    write_report.delay(job_id, name)
    return JsonResponse({"id": job_id})


def sign_in(request: HttpRequest) -> HttpResponse:
    request.session["name"] = request.POST["name"]  # your app asks for a password, too
    return redirect("/page/index.html")


settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],  # your app has CsrfViewMiddleware, too
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["SECRET"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
)
urlpatterns = [
    path("", lambda request: redirect("/page/index.html")),
    path("page/<path:path>", serve, {"document_root": PAGE}),
    path("sign-in", require_POST(sign_in)),
    path("jobs", require_POST(start)),
]
live = Live(
    REDIS_URL,
    who=lambda request: SessionStore(request.cookies.get("sessionid")).get("name"),
    gate=FileGate(os.environ.get("GATE", "gate.json")),
)
app = live.wrap(get_asgi_application())
