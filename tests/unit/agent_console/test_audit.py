"""Who has looked at whom is told to the admin, and to nobody else."""

from tests.support.console import CALLER, Console

TICKET = {
    "kind": "help",
    "urgency": "normal",
    "title": "路灯不亮",
    "content": "小区门口的路灯三天不亮。",
    "requester_phone": CALLER,
}


async def test_every_look_up_is_told_newest_first_by_whom_and_of_what(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    admin = await console.logged_in("chief", role="admin")
    await console.recorded_call("n1-1.1", agent="8001")
    await agent.post("/calls/n1-1.1/caller")
    await agent.post("/people/search", json={"phone": CALLER})

    answer = await admin.get("/audit")

    told = [(one["username"], one["action"], one["subject"]) for one in answer.json()["items"]]
    assert told == [
        ("first", "person_searched", ""),
        ("first", "caller_revealed", "n1-1.1"),
    ]
    assert CALLER not in answer.text
    assert answer.json()["items"][0]["address"] == "127.0.0.1"


async def test_the_list_is_narrowed_and_goes_on_page_by_page(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    other = await console.logged_in("second", extension="8002")
    admin = await console.logged_in("chief", role="admin")
    await console.recorded_call("n1-1.1", agent="8001")
    for _ in range(3):
        await agent.post("/calls/n1-1.1/caller")
    await other.post("/people/search", json={"phone": CALLER})

    assert len((await admin.get("/audit?username=second")).json()["items"]) == 1
    assert len((await admin.get("/audit?action=caller_revealed")).json()["items"]) == 3
    first = (await admin.get("/audit?limit=3")).json()
    rest = (await admin.get("/audit", params={"limit": 3, "before": first["next"]})).json()
    assert len(first["items"]) == 3
    assert len(rest["items"]) == 1
    assert rest["next"] is None
    refused = await admin.get("/audit?action=anything")
    assert (refused.status_code, refused.json()["field"]) == (422, "action")
    assert (await admin.get("/audit?before=nonsense")).json()["field"] == "before"


async def test_a_citizen_is_told_who_looked_however_the_number_was_written(
    console: Console,
) -> None:
    agent = await console.logged_in("first", extension="8001")
    admin = await console.logged_in("chief", role="admin")
    await console.recorded_call("n1-1.1", agent="8001")
    await console.recorded_call("n1-2.1", agent="8001", caller_id="13911112222")
    await agent.post("/calls/n1-1.1/caller")
    await agent.post("/calls/n1-2.1/caller")
    await agent.post("/people/search", json={"phone": f"+86{CALLER}"})
    number = (await agent.post("/tickets", json=TICKET)).json()["number"]
    await agent.post(f"/tickets/{number}/requester")

    told = (await admin.post("/audit/person", json={"phone": CALLER})).json()["items"]

    subjects = [(one["action"], one["subject"]) for one in told]
    assert ("caller_revealed", "n1-1.1") in subjects
    assert ("requester_revealed", number) in subjects
    assert ("person_searched", "") in subjects
    assert ("caller_revealed", "n1-2.1") not in subjects, "another citizen"
    newest = (await admin.get("/audit?limit=1")).json()["items"][0]
    assert (newest["username"], newest["action"]) == ("chief", "person_searched"), "asking counts"


async def test_only_the_admin_may_read_it(console: Console) -> None:
    for role, extension in (("agent", "8001"), ("supervisor", None), ("officer", None)):
        browser = await console.logged_in(role, role=role, extension=extension)
        for answer in (
            await browser.get("/audit"),
            await browser.post("/audit/person", json={"phone": CALLER}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
