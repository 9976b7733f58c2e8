"""Our own checks beside schemathesis', and a sign-in that outlives what the run does to sessions.

It must not know any route: what is demanded here holds for every one.
"""

import json
import os
import urllib.request

import schemathesis

GATEWAY = os.environ.get("CONTROL_ST_GATEWAY")
USERNAME = os.environ.get("CONTROL_ST_USERNAME")
PASSWORD = os.environ.get("CONTROL_ST_PASSWORD")
# The run signs people out and revokes sessions, also its own: a new one soon follows.
REFRESH_SECONDS = 3
# Where every answer is counted, by mode; read by run.py.
COUNTS = os.environ.get("CONTROL_ST_COUNTS")


def sign_in():
    body = json.dumps({"username": USERNAME, "password": PASSWORD}).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{GATEWAY}/auth/v1/login", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["access_token"]


if USERNAME:

    @schemathesis.auth(refresh_interval=REFRESH_SECONDS)
    class Bearer:
        def get(self, case, ctx):
            return sign_in()

        def set(self, case, data, ctx):
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """What only an answer before can tell is not made up: it could be no cursor, and no position."""
    positive = case.meta is None or case.meta.generation.mode.value == "positive"
    for name in ("cursor", "min_seq"):
        if positive and case.query and name in case.query:
            del case.query[name]
    # Nor is an optional header sent without a value: its pattern has none that is empty.
    for name in ("if-match", "if-none-match"):
        if positive and case.headers and case.headers.get(name) == "":
            del case.headers[name]


@schemathesis.check
def an_error_is_a_problem_with_its_ids(ctx, response, case):
    """Every error is problem+json with a stable code and the ids of its flow; none is a 500."""
    if COUNTS:
        with open(COUNTS, "a", encoding="utf-8") as counts:
            method, path = case.operation.method.upper(), case.operation.path
            counts.write(f"{response.status_code} {method} {path}\n")
    ids = {name.lower(): values for name, values in response.headers.items()}
    for name in ("x-request-id", "x-correlation-id", "traceparent"):
        assert ids.get(name), f"the answer has no {name}"
    if response.status_code < 400:
        return
    assert response.status_code != 500, "the answer is a 500"
    kind = (ids.get("content-type") or [""])[0].split(";")[0].strip()
    if case.method.upper() == "HEAD":
        return
    assert kind == "application/problem+json", f"an error is {kind or 'nothing'}"
    problem = json.loads(response.content)
    assert problem.get("status") == response.status_code, "status and body differ"
    assert problem.get("code"), "a problem without code"
