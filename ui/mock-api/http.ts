// The frame of every answer of the mock: ids, problem documents, the check against foreign forms.
import { HttpResponse } from "msw";
import { advance } from "./advance";
import { Refused } from "./rules";
import { idOf, type World, world } from "./world";

let answers = 0;

export type Context = { request: Request; world: World; params: Record<string, string>; url: URL };
export type Reply = { status?: number; body?: unknown; headers?: Record<string, string> };

export function route(run: (context: Context) => Reply | Promise<Reply>) {
  return async ({ request, params }: { request: Request; params: Record<string, unknown> }) => {
    answers += 1;
    const ids = {
      "x-request-id": request.headers.get("x-request-id") ?? idOf("req_", `made ${answers}`),
      "x-correlation-id": request.headers.get("x-correlation-id") ?? idOf("cor_", `${answers}`),
      date: new Date().toUTCString(),
    };
    try {
      if (request.method !== "GET" && request.headers.get("x-control-ui") !== "1") {
        throw new Refused(403, "csrf_refused", "x-control-ui is missing.");
      }
      advance(world);
      const url = new URL(request.url);
      const reply = await run({ request, world, url, params: params as Record<string, string> });
      const { status = 200, body, headers } = reply;
      if (body === undefined)
        return new HttpResponse(null, { status, headers: { ...ids, ...headers } });
      return HttpResponse.json(body as object, { status, headers: { ...ids, ...headers } });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return HttpResponse.json(
        {
          type: `https://control.invalid/errors/${error.code}`,
          title: titles[error.status] ?? "Refused",
          status: error.status,
          detail: error.message,
          code: error.code,
          request_id: ids["x-request-id"],
          correlation_id: ids["x-correlation-id"],
          ...error.extra,
        },
        { status: error.status, headers: { ...ids, "content-type": "application/problem+json" } },
      );
    }
  };
}

const titles: Record<number, string> = {
  400: "Bad request",
  401: "Signed out",
  403: "Not allowed",
  404: "Not found",
  409: "Conflict",
  412: "Not the version in force",
  422: "Not the same request",
  428: "A version is needed",
};
