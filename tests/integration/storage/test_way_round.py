"""A recording by tus into a bucket, through its worker, to a player and away, with real processes."""

import base64
import random
from itertools import pairwise
from typing import Any

import httpx

from playhead.storage import PART_BYTES
from tests.support.house import WORDS_WORKER
from tests.support.s3 import BUCKET, KEYS
from tests.support.site import Site
from tests.support.waiting import until

CONTENT = b"ID3 0 " + random.Random(6).randbytes(PART_BYTES).hex().encode()
"""For the worker of words it means no fault; two parts and an end."""
CUTS = [0, 11, 6 * 1024**2, 6 * 1024**2 + 1, len(CONTENT)]


def test_recording_goes_through_a_bucket_in_parts(site: Site, s3: Any, s3_url: str) -> None:
    ada, settings = site.person(), KEYS | {"STORAGE_URL": s3_url}
    with (
        site.web(**settings) as web,
        site.program(WORDS_WORKER, "worker", **settings),
        httpx.Client(base_url=web.url, headers=ada.headers, timeout=30, trust_env=False) as client,
    ):
        tus = {"Tus-Resumable": "1.0.0"}
        name = base64.b64encode(b"talk.mp3").decode()
        length = {"Upload-Length": str(len(CONTENT)), "Upload-Metadata": f"filename {name}"}
        begun = client.post("/api/v1/uploads", headers=tus | length)
        assert begun.status_code == 201, begun.text
        upload, session_id = begun.headers["Location"], begun.headers["Playhead-Session"]
        for start, stop in pairwise(CUTS):
            chunk = {"Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"}
            answer = client.patch(upload, headers=tus | chunk, content=CONTENT[start:stop])
            assert (answer.status_code, answer.headers.get("Upload-Offset")) == (204, str(stop)), answer.text
        assert 2 <= len(objects(s3, session_id)) <= len(CONTENT) / (5 * 1024**2) + 1
        session = f"/api/v1/sessions/{session_id}"
        until(lambda: client.get(session).json()["status"]["state"] == "completed", "it is transcribed")
        assert client.get(f"{session}/audio").content == CONTENT
        over_a_border = client.get(f"{session}/audio", headers={"Range": f"bytes={PART_BYTES - 5}-{PART_BYTES + 4}"})
        assert (over_a_border.status_code, over_a_border.content) == (206, CONTENT[PART_BYTES - 5 : PART_BYTES + 5])
        assert client.delete(session).status_code == 204
    assert objects(s3, session_id) == []


def objects(s3: Any, session_id: str) -> list[str]:
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="some/prefix/audio/").get("Contents", [])
    return [each["Key"] for each in found if session_id in each["Key"]]
