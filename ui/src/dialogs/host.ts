// Which dialog is open, from wherever it was asked for: a row, a page head, the palette.
// The dialogs themselves are loaded when first opened (DialogHost.tsx).
import type { Job, JobVerb, MigrateAsk } from "~/api/types";
import { signal } from "~/util/signal";
import type { GovernAsk } from "./govern/asks";

export type DialogRequest =
  | {
      type: "migrate";
      tenant_id: string;
      /** Kinds to begin with; by default the projection. */
      targets?: MigrateAsk["targets"];
      /** The migration this one takes back, and the flow it continues. */
      reverse_of?: string;
      correlation_id?: string;
    }
  | { type: "verb"; verb: JobVerb; job: Pick<Job, "job_id" | "kind" | "tenant_id" | "ids"> }
  | { type: "govern"; ask: GovernAsk };

export const dialog = signal<DialogRequest | undefined>(undefined);

export function openMigrate(
  tenant_id: string,
  more: Omit<Extract<DialogRequest, { type: "migrate" }>, "type" | "tenant_id"> = {},
) {
  dialog.set({ type: "migrate", tenant_id, ...more });
}

export function openVerb(verb: JobVerb, job: Pick<Job, "job_id" | "kind" | "tenant_id" | "ids">) {
  dialog.set({ type: "verb", verb, job });
}

/** A write to the Gateway's administration. */
export function openGovern(ask: GovernAsk) {
  dialog.set({ type: "govern", ask });
}
