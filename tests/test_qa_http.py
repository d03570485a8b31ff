"""The HTTP API, driven as its clients drive it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from corpus import Library, Statement
from qa.answer import Answer, Quote, Receipt
from qa.assistant import Assistant
from qa.http import MAX_BODY, create_app
from qa.http_examples import ANSWER, QUESTION, RECEIPT
from qa.rendering import to_json
from qa.web.limits import Buckets

CONVENTION = "что говорится о конвенции ООН?"
OTHER_PAGE = "https://example.org"


@pytest.fixture
def assistant(encoder) -> Assistant:
    return Assistant.from_statements(Library.shipped(), encoder)


@pytest.fixture
def client(assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url="http://test/api/v1/") as client:
        yield client


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem details of a response, checked for what RFC 9457 asks of them."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    details = response.json()
    assert (details["type"], details["status"]) == ("about:blank", status)
    assert details["title"]
    assert details["detail"]
    return details


def test_ask_gives_the_json_of_the_command_line(client, assistant):
    response = client.post("ask", json={"question": CONVENTION, "k": 2})

    assert response.status_code == 200
    printed = to_json(assistant.ask(CONVENTION, 2), Answer, indent=True)
    assert response.json() == TypeAdapter(dict[str, Any]).validate_json(printed)


def test_every_quote_stands_in_the_statement_that_the_api_gives(client):
    answer = client.post("ask", json={"question": CONVENTION}).json()

    assert answer["quotes"]
    for quote in answer["quotes"]:
        source = client.get(f"statements/{quote['statement']}").json()
        assert source["text"][quote["start"] : quote["stop"]] == quote["text"]
        assert source["text"].encode()[quote["receipt"]["start_byte"] :].startswith(quote["text"].encode())
        assert source["sha256"] == quote["receipt"]["source_sha256"]
        [place] = [place for place in source["paragraphs"] if place["number"] == quote["paragraph"]]
        assert place["start"] <= quote["start"] < quote["stop"] <= place["stop"]


def test_search_ranks_all_passages_by_the_channel_asked_for(client, assistant):
    response = client.post("search", json={"question": CONVENTION, "k": 4, "channel": "dense"})

    quotes = TypeAdapter(tuple[Quote, ...]).validate_json(response.content)
    assert quotes == assistant.search(CONVENTION, 4, channel="dense")


def test_history_filters_and_language_reach_the_assistant(client, monkeypatch, assistant):
    seen = {}

    def ask(question, k, **others):
        seen.update(others, question=question, k=k)
        return Assistant.from_statements(assistant.library.values(), assistant.encoder).ask(question, k)

    monkeypatch.setattr(assistant, "ask", ask)
    filters = {"statements": ["csto-information-security"], "speakers": ["одкб"], "since": "2020-01-31"}
    body = {"question": "А дальше?", "k": 5, "history": [CONVENTION], "language": "ru", "filters": filters}
    assert client.post("ask", json=body).status_code == 200

    assert (seen["question"], seen["k"], seen["language"]) == ("А дальше?", 5, "ru")
    assert seen["history"] == (CONVENTION,)
    assert seen["filters"].statements == ("csto-information-security",)
    assert seen["filters"].speakers == ("одкб",)
    assert (seen["filters"].since.isoformat(), seen["filters"].until) == ("2020-01-31", None)


def test_statements_are_listed_page_by_page(encoder):
    many = [
        Statement(
            f"s{i}", f"Title {i}", f"Text number {i} about peace.", "en", ("Body A" if i % 2 else "Body B",)
        )
        for i in range(5)
    ]
    client = TestClient(
        create_app(Assistant.from_statements(reversed(many), encoder)), base_url="http://test/api/v1/"
    )

    page = client.get("statements", params={"offset": 1, "limit": 2})
    of_a = client.get("statements", params={"speaker": "body a"})

    assert [row["id"] for row in page.json()] == ["s1", "s2"]
    assert page.headers["x-total-count"] == "5"
    assert [row["id"] for row in of_a.json()] == ["s1", "s3"]
    assert of_a.json()[0]["sha256"] == many[1].sha256


def test_receipts_are_verified_in_their_order(client, assistant):
    receipt = assistant.ask(CONVENTION, 1).quotes[0].receipt
    exact = TypeAdapter(Receipt).dump_python(receipt, mode="json")
    moved = exact | {"start": exact["start"] - 7, "stop": exact["stop"] - 7}
    changed = exact | {"quote_sha256": "0" * 64}
    missing = exact | {"statement": "no-such-statement"}

    response = client.post("quotes/verify", json=[exact, moved, changed, missing])

    checks = response.json()
    assert [check["status"] for check in checks] == ["exact", "moved", "changed", "missing"]
    assert checks[1]["start"] == receipt.start


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"question": " \n"}, "/question"),
        ({"question": "x" * 2001}, "/question"),
        ({"question": "x", "k": 0}, "/k"),
        ({"question": "x", "k": 51}, "/k"),
        ({"question": "x", "k": "3"}, "/k"),
        ({"question": "x", "top_k": 3}, "/top_k"),
        ({"question": "x", "filters": {"speaker": ["ОДКБ"]}}, "/filters/speaker"),
        ({"question": "x", "filters": {"since": "yesterday"}}, "/filters/since"),
        ({"question": "x", "filters": {"until": 0}}, "/filters/until"),
        ({"question": "x", "history": ["x"] * 21}, "/history"),
        ({"question": "x", "language": "no/such"}, "/language"),
        ({"question": "\ud800"}, "/question"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_request_says_what_is_wrong_where(client, body, pointer):
    # By hand: httpx refuses to send the lone surrogate of the last case unescaped.
    import json

    response = client.post("ask", content=json.dumps(body), headers={"Content-Type": "application/json"})

    assert list(problem(response, 422)["errors"]) == [pointer]
    assert "yesterday" not in response.text


@pytest.mark.parametrize(
    "filters",
    [{"statements": ["../../etc/passwd"]}, {"speakers": ["Atlantis"]}],
    ids=["statement", "speaker"],
)
def test_an_unknown_name_in_a_filter_is_not_silently_ignored(client, filters):
    details = problem(client.post("ask", json={"question": "x", "filters": filters}), 404)

    [name] = next(iter(filters.values()))
    assert name in details["detail"]


@pytest.mark.parametrize(
    "path",
    ["statements/none", "statements/..%2F..%2Fpyproject", "statements/%00", "statements/%0A", "nothing"],
)
def test_what_is_not_there_is_404(client, path):
    problem(client.get(path), 404)


def test_the_wrong_method_and_broken_json_are_problems_too(client):
    assert problem(client.get("ask"), 405)
    headers = {"Content-Type": "application/json"}
    assert list(problem(client.post("ask", content=b"{", headers=headers), 422)["errors"]) == [""]
    problem(client.post("ask", content=b'{"question": "\xff"}', headers=headers), 400)


def test_a_receipt_of_nothing_is_refused(client):
    problem(client.post("quotes/verify", json=[RECEIPT | {"stop": RECEIPT["start"]}]), 422)
    problem(client.post("quotes/verify", json=[]), 422)


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
def test_a_large_body_is_refused(client, announced):
    parts = [b" " * 1024] * (MAX_BODY // 1024 + 1)
    content = b"".join(parts) if announced else iter(parts)
    problem(client.post("ask", content=content, headers={"Content-Type": "application/json"}), 413)


def test_until_the_assistant_is_open_clients_are_told_to_come_back(assistant):
    opened: list[Assistant] = []
    app = create_app(lambda: opened[0] if opened else None)
    client = TestClient(app, base_url="http://test/api/v1/")

    early = client.post("ask", json={"question": CONVENTION})
    problem(early, 503)
    assert int(early.headers["retry-after"]) > 0
    problem(client.get("health"), 503)
    assert client.get("version").status_code == 200

    opened.append(assistant)
    assert client.get("health").json()["passages"] == len(assistant.passages)
    assert client.post("ask", json={"question": CONVENTION}).status_code == 200


def test_a_token_guards_the_statements_but_not_health(assistant):
    client = TestClient(create_app(assistant, token="сезам"), base_url="http://test/api/v1/")

    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic сезам".encode()}):
        refused = client.post("ask", json={"question": CONVENTION}, headers=headers)
        problem(refused, 401)
        assert refused.headers["www-authenticate"] == "Bearer"
    allowed = client.post(
        "ask", json={"question": CONVENTION}, headers={"Authorization": "Bearer сезам".encode()}
    )
    assert allowed.status_code == 200
    assert client.get("health").status_code == 200


def test_other_pages_may_not_read_answers_unless_asked(assistant):
    headers = {"Origin": OTHER_PAGE}
    closed = TestClient(create_app(assistant)).get("/api/v1/health", headers=headers)
    opened = TestClient(create_app(assistant, cors=[OTHER_PAGE])).get("/api/v1/health", headers=headers)
    stranger = TestClient(create_app(assistant, cors=["https://example.com"])).get(
        "/api/v1/health", headers=headers
    )

    assert "access-control-allow-origin" not in closed.headers
    assert opened.headers["access-control-allow-origin"] == OTHER_PAGE
    assert "access-control-allow-origin" not in stranger.headers


def test_one_client_cannot_ask_without_end(assistant):
    limits = Buckets(rate=1.0, size=2, clock=lambda: 0.0)
    client = TestClient(create_app(assistant, limits=limits), base_url="http://test/api/v1/")

    statuses = [client.post("ask", json={"question": CONVENTION}).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    refused = client.get("statements")
    problem(refused, 429)
    assert int(refused.headers["retry-after"]) > 0


def test_a_fault_is_a_problem_that_tells_nothing(assistant, monkeypatch):
    def fail(*arguments, **others):
        msg = "/secret/path"
        raise RuntimeError(msg)

    monkeypatch.setattr(assistant, "ask", fail)
    client = TestClient(create_app(assistant), base_url="http://test/api/v1/", raise_server_exceptions=False)

    response = client.post("ask", json={"question": CONVENTION})

    problem(response, 500)
    assert "secret" not in response.text


async def test_a_long_search_does_not_hold_up_the_others(assistant, monkeypatch):
    may_finish = threading.Event()
    ask = assistant.ask

    def slowly(*arguments, **others):
        assert may_finish.wait(10)
        return ask(*arguments, **others)

    monkeypatch.setattr(assistant, "ask", slowly)
    transport = httpx.ASGITransport(create_app(assistant))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1/") as client:
        slow = asyncio.create_task(client.post("ask", json={"question": CONVENTION}))
        assert (await client.get("health")).status_code == 200
        assert not slow.done()
        may_finish.set()
        assert (await slow).status_code == 200


def test_the_example_in_the_description_is_true(client):
    [quote] = TypeAdapter(Answer).validate_python(ANSWER).quotes
    statement = Library.shipped()[quote.statement]

    assert statement.text[quote.start : quote.stop] == quote.text
    assert (quote.title, quote.speakers) == (statement.title, statement.speakers)
    assert [quote.text[slice(*span)] for span in quote.words] == ["ООН", "конвенции"]
    assert client.post("quotes/verify", json=[RECEIPT]).json()[0] == {
        "status": "exact", "start": quote.start, "stop": quote.stop, "source_changed": False,
    }  # fmt: skip
    assert client.post("ask", json=QUESTION).status_code == 200


_opened: list[Assistant] = []
_app = create_app(lambda: _opened[0] if _opened else None, token="t")
_description = schemathesis.openapi.from_asgi("/api/v1/openapi.json", _app)


@_description.parametrize()
@settings(max_examples=10, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_api_is_as_it_describes_itself(case, assistant):
    _opened[:] = [assistant]
    if case.path == "/quotes/verify" and isinstance(case.body, list):
        for receipt in case.body:
            _put_in_order(receipt)
    case.call_and_validate(headers={"Authorization": "Bearer t"})


def _put_in_order(receipt: Any) -> None:
    """Make a quote stop after it starts: a description cannot ask for that."""
    ends = [receipt.get(end) for end in ("start", "stop")] if isinstance(receipt, dict) else []
    if ends and all(type(end) in (int, float) and 0 <= end <= 10**9 and end == int(end) for end in ends):
        receipt["start"], receipt["stop"] = ends[0] % 1000, ends[0] % 1000 + 1 + ends[1] % 1000
