"""The mini-program's API: lists, filters, languages, tags."""

import httpx2
import pytest

pytestmark = pytest.mark.any_database

PATHS = [
    "/v1/consultations",
    "/v1/consultations/2026-first",
    "/v1/documents",
    "/v1/documents/ps-v4-draft",
    "/v1/webinars",
    "/v1/webinars/china",
    "/v1/contact-cards",
    "/v1/contact-cards/consultation-china",
]


@pytest.mark.parametrize("path", PATHS)
async def test_who_has_the_answer_already_gets_none(
    reading_client: httpx2.AsyncClient, path: str
) -> None:
    first = await reading_client.get(path)
    tag = first.headers["etag"]

    for _ in range(2):
        again = await reading_client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert first.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("section=10&standard=PS&version=V4", ["ps-v4-bauxite-residue-tailings"]),
        ("standard=CoC", ["coc-v3-draft"]),
        ("kind=form", ["feedback-form"]),
        ("standard=PS&version=V3", []),
        ("consultation=2026-first&kind=draft&standard=CoC&language=zh", ["coc-v3-draft"]),
    ],
)
async def test_documents_are_narrowed(
    reading_client: httpx2.AsyncClient, query: str, slugs: list[str]
) -> None:
    answer = (await reading_client.get(f"/v1/documents?{query}")).json()

    assert [item["slug"] for item in answer["items"]] == slugs
    assert answer["next"] is None


async def test_all_nine_documents_are_there_without_a_dead_link(
    reading_client: httpx2.AsyncClient,
) -> None:
    items = (await reading_client.get("/v1/documents")).json()["items"]

    assert len(items) == 9
    assert {(item["state"], item["url"], item["file"]) for item in items} == {
        ("announced", None, None)
    }
    assert all(item["hub_url"].startswith("https://aluminium-stewardship.org/") for item in items)


async def test_an_answer_is_english_when_asked(reading_client: httpx2.AsyncClient) -> None:
    answer = (await reading_client.get("/v1/webinars/china?lang=en")).json()

    assert answer["local_times"][0]["text"] == "Monday 9 March 2026, 16:00 (Beijing time)"


async def test_webinars_come_earliest_first_with_their_offsets(
    reading_client: httpx2.AsyncClient,
) -> None:
    items = (await reading_client.get("/v1/webinars")).json()["items"]

    assert [item["slug"] for item in items] == ["americas-europe", "europe-asia", "china"]
    assert items[2]["starts_at"] == "2026-03-09T08:00:00Z"
    assert items[2]["local_times"][0]["starts_at"] == "2026-03-09T16:00:00+08:00"
    assert items[2]["phone_calendar"]["start_time"] == 1773043200


async def test_a_consultation_brings_its_lists(reading_client: httpx2.AsyncClient) -> None:
    answer = (await reading_client.get("/v1/consultations/2026-first")).json()
    sets = {term["set"] for term in answer["terms"]}

    assert sets == {"topic", "stakeholder", "comment_type", "stance", "disposition"}
    assert {channel["route"] for channel in answer["feedback_channels"]} >= {"survey"}
    assert any(section["code"] == "all" for section in answer["sections"])


REFUSED = [
    ("/v1/consultations/nope", 404, "consultation_not_found"),
    ("/v1/documents?consultation=nope", 404, "consultation_not_found"),
    ("/v1/documents/nope", 404, "document_not_found"),
    ("/v1/webinars/nope", 404, "webinar_not_found"),
    ("/v1/contact-cards/nope", 404, "contact_card_not_found"),
    ("/v1/documents/" + "x" * 5000, 404, "document_not_found"),
    ("/v1/documents/%00", 404, "not_found"),
    ("/v1/documents?standard=%00", 422, "malformed"),
    ("/v1/nope", 404, "not_found"),
    ("/v1/documents?kind=novel", 422, "malformed"),
    ("/v1/documents?lang=klingon", 422, "malformed"),
    ("/v1/documents?section=" + "9" * 100, 422, "malformed"),
    ("/v1/documents?page=1", 422, "malformed"),
    ("/qr/nope.png", 404, "link_not_found"),
    ("/qr/article.gif", 422, "malformed"),
    ("/qr/article.png?size=5", 422, "malformed"),
    ("/qr/article.png?colour=%23ffff00", 422, "colour_unfit"),
]


@pytest.mark.parametrize(("path", "status", "code"), REFUSED)
async def test_a_refusal_is_problem_details(
    reading_client: httpx2.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await reading_client.get(path)
    problem = answer.json()

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["detail"]


async def test_what_was_not_understood_is_named_in_the_readers_language(
    reading_client: httpx2.AsyncClient,
) -> None:
    chinese = (await reading_client.get("/v1/documents?kind=novel")).json()
    english = (await reading_client.get("/v1/documents?kind=novel&lang=en")).json()

    assert chinese["errors"] == [
        {
            "field": "query.kind",
            "code": "enum",
            "message": "可用的值：'draft', 'resource', 'form'。",
        }
    ]
    assert english["errors"][0]["message"] == "Expected one of: 'draft', 'resource', 'form'."


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_reading_addresses_take_no_other_method(
    reading_client: httpx2.AsyncClient, method: str
) -> None:
    answer = await reading_client.request(method, "/v1/documents")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/v1/documents", "/", "/r/survey", "/nowhere"])
async def test_ten_megabytes_are_refused_unread(
    reading_client: httpx2.AsyncClient, path: str
) -> None:
    answer = await reading_client.post(path, content=b"x" * 10 * 1024 * 1024)

    assert answer.status_code == 413
    assert "body_too_large" in answer.text


@pytest.mark.parametrize("length", ["-1", "nonsense", "99999999999999999999"])
async def test_an_absurd_length_is_refused(reading_client: httpx2.AsyncClient, length: str) -> None:
    answer = await reading_client.get("/healthz", headers={"Content-Length": length})

    assert answer.status_code == 413
