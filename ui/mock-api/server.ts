import { setupServer } from "msw/node";
import { handlers } from "./handlers";

/** For unit tests. */
export const server = setupServer(...handlers);
