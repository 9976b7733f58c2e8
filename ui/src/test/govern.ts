// Steps that tests of the Gateway's pages share: open a page, send a form, be somebody else.
import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { server } from "~mock/server";
import { renderRoute } from "./render";

export const REASON = "Reason, kept in the audit log";

export async function openPage(path: string, title: string) {
  const user = userEvent.setup();
  const view = renderRoute(path);
  await screen.findByRole("heading", { level: 1, name: title });
  return { user, ...view };
}

export const isOff = (button: HTMLElement) => button.getAttribute("aria-disabled") === "true";

export async function openForm(
  user: ReturnType<typeof userEvent.setup>,
  button: string | RegExp,
  title: string | RegExp,
) {
  await user.click(await screen.findByRole("button", { name: button }));
  const dialog = await screen.findByRole("dialog", { name: title });
  return { dialog, in: within(dialog) };
}

/** Every request to the API that is no read. */
export function watchWrites(): Request[] {
  const sent: Request[] = [];
  server.events.on("request:start", ({ request }) => {
    if (request.method !== "GET") sent.push(request.clone());
  });
  return sent;
}

/** The next write to `path` is done, and its answer is lost. */
export function loseTheAnswer(method: "put", path: string): void {
  let lost = false;
  server.use(
    http[method](path, async ({ request }) => {
      if (lost) return undefined;
      lost = true;
      // Once more, as the network would: the mock answers this one, nobody hears it.
      await fetch(request.clone());
      return HttpResponse.error();
    }),
  );
}

/** A refusal of the Gateway, word for word. */
export function refuses(method: "put" | "post" | "delete", path: string, body: object): void {
  const { status } = body as { status: number };
  server.use(
    http[method](path, () =>
      HttpResponse.json(body, {
        status,
        headers: {
          "content-type": "application/problem+json",
          "x-request-id": "req_of_the_refusal",
          "x-correlation-id": "cor_of_the_refusal",
        },
      }),
    ),
  );
}
