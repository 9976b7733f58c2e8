import { setupWorker } from "msw/browser";
import { handlers } from "./handlers";

/** For `npm run dev:mock`: the console without a control plane. */
export const worker = setupWorker(...handlers);
