// What was found, in the console's own words: the API names a job by its kind and tenant.
import type { SearchHit } from "~/api/types";
import { jobTitle } from "~/components/words";

/** `tenant-migrate of acme` → `Migrate acme`; what does not read so stays as it is. */
export function hitTitle(hit: Pick<SearchHit, "type" | "title">): string {
  const [, kind, of] = /^([a-z]+(?:-[a-z]+)+) of (\S+)$/.exec(hit.title) ?? [];
  return hit.type === "job" && kind && of ? jobTitle({ kind, tenant_id: of }) : hit.title;
}

/** A tenant has a page of its own; everything else is where the API says. */
export function hitHref(hit: Pick<SearchHit, "type" | "id" | "href">): string {
  return hit.type === "tenant" ? `/tenants/${encodeURIComponent(hit.id)}` : hit.href;
}

/** Names a hit among all there is to choose from. */
export const hitValue = (hit: Pick<SearchHit, "type" | "id">) => `${hit.type} ${hit.id}`;
