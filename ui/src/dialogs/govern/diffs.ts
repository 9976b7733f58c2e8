// What a change of a row makes different, field by field, for the eyes of who sends it.
import type { Role } from "~/api/govern/types";
import { effectiveRights } from "~/components/rights";
import type { Diff } from "~/ui/DiffBlock";
import { diffLines, diffSets } from "~/util/lines";

export function valueDiff(
  key: string,
  before: string | undefined,
  after: string | undefined,
): Diff[] {
  if ((before ?? "") === (after ?? "")) return [];
  const quoted = (value: string | undefined) => (value ? value : undefined);
  return [{ key, before: quoted(before), after: quoted(after) }];
}

export function setDiff(
  key: string,
  before: readonly string[] | undefined,
  after: readonly string[],
): Diff[] {
  const lines = diffSets(before ?? [], after);
  return lines.length === 0 ? [] : [{ key, lines }];
}

export function textDiff(key: string, before: string | undefined, after: string): Diff[] {
  if (before === after) return [];
  const lines =
    before === undefined
      ? after.split("\n").map((text) => ({ kind: "add" as const, text }))
      : diffLines(before, after);
  return [{ key, lines }];
}

export type Holder = { roles: readonly string[]; rights: readonly string[] };

/** What somebody gains and loses in the end, whichever role it comes from. */
export function effectDiff(
  before: Holder | undefined,
  after: Holder,
  tenant_id: string | null,
  roles: readonly Role[] | undefined,
): Diff[] {
  if (!roles) return [];
  const all = (holder: Holder) =>
    effectiveRights({ roles: [...holder.roles], rights: [...holder.rights], tenant_id }, roles);
  return setDiff("may do", before && all(before), all(after));
}
