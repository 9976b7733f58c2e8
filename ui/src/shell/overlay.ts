// Which overlay of the shell is open; at most one.
import { signal } from "~/util/signal";

export type Overlay = "palette" | "keys" | "recent" | "nav" | "out" | undefined;

export const overlay = signal<Overlay>(undefined);
