"""The guard before page and API."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from qa.web.guard import Guard


def client(
    *,
    auth: str | None = None,
    hosts: tuple[str, ...] = (),
    body_limit: int = 100,
    origins: tuple[str, ...] = (),
    has_own_guard: tuple[str, ...] = (),
) -> TestClient:
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def echo(path: str, request: Request) -> int:
        return len(await request.body())

    app.add_middleware(
        Guard, auth=auth, hosts=hosts, body_limit=body_limit, origins=origins, has_own_guard=has_own_guard
    )
    return TestClient(app, base_url="http://localhost:7860")


def test_a_plain_request_passes_and_may_load_nothing_from_elsewhere() -> None:
    answer = client().get("/")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "https:" not in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("auth", "status"), [(None, 401), (("anna", "wrong"), 401), (("anna", "пароль"), 200), (("", ""), 401)]
)
def test_name_and_password(auth: tuple[str, str] | None, status: int) -> None:
    guarded = client(auth="anna:пароль")
    headers = {}
    if auth:
        import base64

        headers["authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
    answer = guarded.get("/api/v1/health", headers=headers)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("method", "origin", "status"),
    [
        ("POST", None, 200), ("POST", "http://localhost:7860", 200), ("POST", "http://evil.example", 403),
        ("POST", "http://localhost:9999", 403), ("POST", "null", 403), ("GET", "http://evil.example", 200),
    ],
)  # fmt: skip
def test_other_sites_cannot_post(method: str, origin: str | None, status: int) -> None:
    answer = client().request(method, "/x", headers={"origin": origin} if origin else {})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [
        ("/api/v1/ask", "https://example.org", 200),
        ("/gradio_api/queue/join", "https://example.org", 403),
        ("/api/v1/ask", "https://example.com", 403),
    ],
)
def test_an_invited_site_may_post_to_the_api_alone(path: str, origin: str, status: int) -> None:
    answer = client(origins=("https://example.org",)).post(path, headers={"origin": origin})
    assert answer.status_code == status


def test_only_invited_sites_may_frame_the_page() -> None:
    def ancestors(*origins: str) -> str:
        policy = client(origins=origins).get("/").headers["content-security-policy"]
        return policy.rpartition("frame-ancestors ")[2]

    assert ancestors() == "'none'"
    assert ancestors("https://a.example", "https://b.example") == "https://a.example https://b.example"


def test_paths_with_a_guard_of_their_own_ask_for_no_password() -> None:
    guarded = client(auth="anna:пароль", has_own_guard=("/api/v1",))
    assert guarded.get("/api/v1/health").status_code == 200
    assert guarded.get("/").status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:7860", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("[::1", 421),
    ],
)
def test_only_known_host_names(host: str, status: int) -> None:
    guarded = client(hosts=("localhost", "127.0.0.1", "::1"))
    assert guarded.get("/", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=x"]
)
def test_gradios_own_ways_for_files_are_closed(path: str) -> None:
    assert client().post(path).status_code == 403


@pytest.mark.parametrize(("size", "status"), [(100, 200), (101, 413)])
def test_a_body_has_a_limit(size: int, status: int) -> None:
    assert client().post("/", content=b"x" * size).status_code == status


def test_a_body_of_unknown_length_is_cut_off_at_the_limit() -> None:
    received: list[int] = []

    async def app(scope: object, receive: object, send: object) -> None:
        while (message := await receive())["type"] == "http.request":
            received.append(len(message["body"]))

    async def endless() -> dict[str, object]:
        return {"type": "http.request", "body": b"x" * 40, "more_body": True}

    async def nowhere(message: object) -> None: ...

    guard = Guard(app, auth=None, hosts=(), body_limit=100)
    asyncio.run(guard({"type": "http", "method": "POST", "path": "/", "headers": []}, endless, nowhere))
    assert received == [40, 40]
