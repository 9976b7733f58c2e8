// Plan 1.4: ids on every request, the flow continued, errors with both ids, the last ids kept.
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { server } from "~mock/server";
import { api, onSignedOut, retryDelay, shouldRetry, unwrap } from "./client";
import { ApiError } from "./errors";
import { flowHeaders, newFlow } from "./flow";
import { newId, recentIds, remember } from "./ids";
import { createJob, planMigrate } from "./mutations";

let seen: Request[];
beforeEach(() => {
  seen = [];
  recentIds.set([]);
  server.events.removeAllListeners();
  server.events.on("request:start", ({ request }) => void seen.push(request.clone()));
});

test("every request carries an id of its own; a read carries no flow and no csrf header", async () => {
  await unwrap(api.GET("/admin/v1/jobs", { params: { query: {} } }));
  await unwrap(api.GET("/admin/v1/jobs", { params: { query: {} } }));
  const ids = seen.map((request) => request.headers.get("x-request-id"));
  expect(ids[0]).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(new Set(ids).size).toBe(2);
  expect(seen[0]?.headers.get("x-correlation-id")).toBeNull();
  expect(seen[0]?.headers.get("traceparent")).toBeNull();
  expect(seen[0]?.headers.get("x-control-ui")).toBeNull();
});

test("a flow takes its name and its trace from the first answer and continues both", async () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  server.use(
    http.post("*/admin/v1/plans/:kind", ({ request }) =>
      HttpResponse.json(
        { plan_hash: "x" },
        {
          headers: {
            "x-request-id": request.headers.get("x-request-id") ?? "",
            "x-correlation-id": "cor_first",
            traceparent: `00-${trace}-00f067aa0ba902b7-01`,
          },
        },
      ),
    ),
  );
  const flow = newFlow();
  expect(flowHeaders(flow)).toEqual({});
  await planMigrate("acme", { targets: { projection: null } }, flow);
  expect(seen[0]?.headers.get("x-correlation-id")).toBeNull();
  const body = { params: { targets: { projection: "prj-01" } }, reason: "r", plan_hash: "x" };
  await createJob("tenant-migrate", "tyrell", body, "idem_1", flow).catch(() => {});
  const post = seen[1];
  expect(post?.headers.get("x-correlation-id")).toBe("cor_first");
  expect(post?.headers.get("traceparent")).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  expect(post?.headers.get("traceparent")).not.toContain("00f067aa0ba902b7");
  expect(post?.headers.get("idempotency-key")).toBe("idem_1");
  expect(post?.headers.get("x-tenant-id")).toBe("tyrell");
  expect(post?.headers.get("x-control-ui")).toBe("1");
});

test("a problem becomes one error with code, both ids and what the server asked for", async () => {
  server.use(
    http.get("*/admin/v1/jobs", () =>
      HttpResponse.json(
        {
          type: "about:blank",
          title: "The log cannot be reached now",
          status: 503,
          detail: "No leader.",
          code: "log_unavailable",
          request_id: "req_a",
          correlation_id: "cor_a",
          holder: "job_x",
        },
        {
          status: 503,
          headers: { "retry-after": "4", "content-type": "application/problem+json" },
        },
      ),
    ),
  );
  const error = await unwrap(api.GET("/admin/v1/jobs", { params: { query: {} } })).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 503,
    code: "log_unavailable",
    label: "503 log_unavailable",
    message: "No leader.",
    request_id: "req_a",
    correlation_id: "cor_a",
    retry_after_ms: 4_000,
    retryable: true,
    extra: { holder: "job_x" },
  });
  expect(retryDelay(1, error)).toBe(4_000);
  expect(shouldRetry(0, error)).toBe(true);
  expect(shouldRetry(2, error)).toBe(false);
});

test("a refusal is not tried again, and an answer that is no problem document is still an error", async () => {
  server.use(http.get("*/admin/v1/jobs", () => new HttpResponse("<html>", { status: 404 })));
  const error = await unwrap(api.GET("/admin/v1/jobs", { params: { query: {} } })).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ status: 404, code: "not_a_problem", retryable: false });
  expect(shouldRetry(0, error)).toBe(false);
});

test("no answer is an error with the id that was sent, and both are kept for support", async () => {
  server.use(http.get("*/admin/v1/jobs", () => HttpResponse.error()));
  const error = await unwrap(api.GET("/admin/v1/jobs", { params: { query: {} } })).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({
    status: 0,
    code: "no_answer",
    request_id: seen[0]?.headers.get("x-request-id"),
  });
  expect(recentIds.get()[0]).toMatchObject({ status: 0, what: "GET /admin/v1/jobs" });
});

test("the last twenty ids are kept; a repeated read replaces its older self", () => {
  const entry = (what: string, status = 200) => ({
    at: "",
    what,
    status,
    request_id: newId("req_"),
  });
  for (let index = 0; index < 30; index++) remember(entry("GET /admin/v1/jobs"));
  expect(recentIds.get()).toHaveLength(1);
  for (let index = 0; index < 30; index++)
    remember(entry("POST /admin/v1/plans/tenant-migrate", 409));
  expect(recentIds.get()).toHaveLength(20);
});

test("a read that answers 401 tells that nobody is signed in; a refused sign-in does not, and nobody knocks again", async () => {
  let told = 0;
  const stop = onSignedOut(() => {
    told += 1;
  });
  server.use(
    http.get("*/admin/v1/jobs", () =>
      HttpResponse.json({ title: "x", code: "unauthenticated" }, { status: 401 }),
    ),
  );
  await unwrap(api.GET("/admin/v1/jobs", { params: { query: {} } })).catch(() => {});
  expect(told).toBe(1);
  await unwrap(api.POST("/admin/v1/session", { body: { username: "a", password: "b" } })).catch(
    () => {},
  );
  expect(told).toBe(1);
  const knocked = seen.length;
  const error = await unwrap(api.GET("/admin/v1/fleet")).catch((cause: unknown) => cause);
  expect((error as ApiError).status).toBe(401);
  expect(seen).toHaveLength(knocked);
  stop();
});
