"""What `cargo xtask bench batch` compares a batch with: the usual orchestrator in Python, in one process.

FastAPI takes the batch and answers at once, httpx calls CXone, a semaphore bounds how many calls run together, a TTL cache
and a breaker stand beside them, and the results are merged by what became of each. It keeps everything in memory, so it
leaves out what a crash would take away: it is a floor for the cost of an item rather than a rival in what it promises.
"""

import asyncio
import json
import os
import time
import uuid

import httpx
import uvicorn
from cachetools import TTLCache
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

CXONE = os.environ["CXONE_BASE_URL"]


class Token:
    """One token for all calls, fetched once however many wait for it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client, self.lock, self.value, self.until = client, asyncio.Lock(), "", 0.0

    async def get(self) -> str:
        async with self.lock:
            if time.monotonic() >= self.until:
                form = {
                    "grant_type": "client_credentials",
                    "client_id": os.environ["CXONE_CLIENT_ID"],
                    "client_secret": os.environ["CXONE_CLIENT_SECRET"],
                    "scope": "data-actions:execute data-actions:read",
                }
                answer = await self.client.post("/platform/oauth/token", data=form)
                answer.raise_for_status()
                granted = answer.json()
                self.value, self.until = granted["access_token"], time.monotonic() + granted["expires_in"] - 30
        return self.value


class Breaker:
    """Open for a while after so many faults in a row."""

    def __init__(self) -> None:
        self.faults, self.until = 0, 0.0

    def check(self) -> None:
        if time.monotonic() < self.until:
            raise RuntimeError("the breaker is open")

    def note(self, is_fault: bool) -> None:
        self.faults = self.faults + 1 if is_fault else 0
        if self.faults >= 5:
            self.faults, self.until = 0, time.monotonic() + 30


class Actions:
    """Calls of CXone."""

    def __init__(self, parallel: int) -> None:
        limits = httpx.Limits(max_connections=parallel, max_keepalive_connections=parallel)
        self.client = httpx.AsyncClient(base_url=CXONE, timeout=15.0, limits=limits)
        self.token, self.breaker = Token(self.client), Breaker()
        self.cache: TTLCache = TTLCache(maxsize=1024, ttl=300)

    async def execute(self, action_id: str, inputs: dict, trace_id: str) -> dict:
        key = f"{action_id}:{json.dumps(inputs, sort_keys=True)}"
        if key in self.cache:
            return self.cache[key]
        self.breaker.check()
        headers = {
            "Authorization": f"Bearer {await self.token.get()}",
            "X-Request-Id": str(uuid.uuid4()),
            "X-Trace-Id": trace_id,
            "X-Span-Id": str(uuid.uuid4()),
            "Accept": "application/json",
        }
        answer = await self.post(f"/api/v2/data-actions/{action_id}/execute", inputs, headers)
        self.breaker.note(answer.status_code >= 500)
        answer.raise_for_status()
        self.cache[key] = answer.json()
        return self.cache[key]

    async def post(self, path: str, inputs: dict, headers: dict) -> httpx.Response:
        for attempt in range(3):
            answer = await self.client.post(path, json=inputs, headers=headers)
            if answer.status_code != 429:
                return answer
            await asyncio.sleep(int(answer.headers.get("Retry-After", 2 ** (attempt + 1))))
        return answer


class Batch(BaseModel):
    action_id: str
    payloads: list[dict]
    max_parallel: int = 4


app = FastAPI()
batches: dict[str, dict] = {}
running: set[asyncio.Task] = set()


@app.get("/healthz")
async def health() -> dict:
    return {"status": "ok"}


@app.post("/batch/execute", status_code=202)
async def start(batch: Batch) -> dict:
    batch_id = str(uuid.uuid4())
    batches[batch_id] = {"status": "running", "results": {"successful": [], "failed": [], "degraded": []}}
    task = asyncio.create_task(run(batch, batches[batch_id]))
    running.add(task)
    task.add_done_callback(running.discard)
    return {"batch_id": batch_id, "status": "queued"}


async def run(batch: Batch, state: dict) -> None:
    actions, places, trace_id = Actions(batch.max_parallel), asyncio.Semaphore(batch.max_parallel), str(uuid.uuid4())
    results = state["results"]

    async def one(payload: dict) -> None:
        async with places:
            try:
                data = await actions.execute(batch.action_id, payload["inputs"], trace_id)
                results["successful"].append({"id": payload["id"], "data": data})
            except httpx.TimeoutException:
                results["degraded"].append({"id": payload["id"], "reason": "timeout_no_cache"})
            except (httpx.HTTPError, RuntimeError) as error:
                results["failed"].append({"id": payload["id"], "error": str(error)})

    await asyncio.gather(*(one(payload) for payload in batch.payloads))
    await actions.client.aclose()
    state["status"] = "completed"


@app.get("/batch/{batch_id}/status")
async def status(batch_id: str) -> dict:
    if batch_id not in batches:
        raise HTTPException(status_code=404, detail="there is no such batch")
    state = batches[batch_id]
    return {"status": state["status"], "summary": {kind: len(items) for kind, items in state["results"].items()}}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
