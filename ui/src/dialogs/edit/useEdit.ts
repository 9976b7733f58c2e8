// The life of one write: what was read, what is wanted, why; its draft; and what to do when the row
// has changed meanwhile. Nothing here knows what is edited. The look of it is EditWithReason.tsx.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isApiError } from "~/api/client";
import { type Flow, newFlow } from "~/api/flow";
import { reasonLacks, type Write } from "~/api/govern/write";
import { useSession } from "~/session/session";
import { serverNow } from "~/util/clock";
import { type Draft, draftKey, drafts, dropDraft, keepDraft } from "~/util/drafts";
import { type Merged, mergeFields, same } from "~/util/merge";

/** A row as it was read, as far as it can be changed. */
export type Read<V> = { values: V; version: number; by: string | null; at: string };

export type EditSpec<V extends object, R> = {
  /** What is done and to what, for the draft: `edit user ada`. */
  what: string;
  title: string;
  /** Opens this form again from a draft. */
  ask: unknown;
  /** The row that was read; none when it is to be made. */
  row: Read<V> | undefined;
  /** Where the form begins. */
  first: V;
  /** Never kept in a draft. */
  secrets?: readonly (keyof V)[];
  /** What is missing before it can be sent, in words. */
  lacks: (values: V) => string | undefined;
  send: (values: V, write: Write) => Promise<R>;
  /** The row as it is now; undefined when it is gone. */
  latest?: () => Promise<Read<V>>;
  merge?: (base: V, mine: V, theirs: V) => Merged<V>;
  /** Keys of the queries that a success makes stale. */
  touches: readonly (readonly unknown[])[];
  onDone: (result: R, flow: Flow) => void;
};

export type Edit<V extends object> = {
  base: V | undefined;
  version: number | undefined;
  values: V;
  set: (more: Partial<V>) => void;
  reason: string;
  setReason: (next: string) => void;
  dirty: boolean;
  /** When the draft that was found is from. */
  restored: string | undefined;
  /** Back to where the form would have begun. */
  startAfresh: () => void;
  lacks: string | undefined;
  sending: boolean;
  error: unknown;
  /** The row as it is now, when it is not the one that was read. */
  stale: Read<V> | undefined;
  /** Puts what was typed on top of it. */
  applyOnTop: () => void;
  conflicts: readonly string[];
  submit: () => void;
  discard: () => void;
};

type Kept<V> = Draft & { row?: Read<V>; values: V };

/** What was kept, if it still has the fields of this form. */
function restore<V extends object, R>(key: string, spec: EditSpec<V, R>): Kept<V> | undefined {
  const found = drafts().find((draft) => draft.key === key);
  const fields = (value: unknown) =>
    Object.keys(value ?? {})
      .sort()
      .join();
  const kept = found && { ...spec.first, ...(found.values as Partial<V>) };
  return kept && fields(kept) === fields(spec.first)
    ? ({ ...found, values: kept } as Kept<V>)
    : undefined;
}

function without<V extends object>(values: V, secrets: readonly (keyof V)[] = []): Partial<V> {
  const left: Partial<V> = { ...values };
  for (const name of secrets) delete left[name];
  return left;
}

function mayHaveChanged(error: unknown): boolean {
  return (
    isApiError(error) &&
    (error.code === "stale_version" || error.status === 0 || error.status === 504)
  );
}

export function useEdit<V extends object, R>(spec: EditSpec<V, R>): Edit<V> {
  const client = useQueryClient();
  const who = useSession()?.principal.sub ?? "";
  const key = draftKey(who, spec.what);
  const [found] = useState(() => restore(key, spec));
  const [row, setRow] = useState<Read<V> | undefined>(found ? found.row : spec.row);
  const [values, setValues] = useState<V>(found?.values ?? spec.first);
  const [reason, setReason] = useState(found?.reason ?? "");
  const [restored, setRestored] = useState(found?.at);
  const [conflicts, setConflicts] = useState<readonly string[]>([]);
  const [flow] = useState(newFlow);
  const dirty = reason.trim() !== "" || !same(values, spec.first);

  const keep = (next: V, why: string, of = row) => {
    if (why.trim() === "" && same(next, spec.first)) return dropDraft(key);
    keepDraft({
      key,
      at: new Date(serverNow()).toISOString(),
      title: spec.title,
      ask: spec.ask,
      row: of,
      values: without(next, spec.secrets),
      reason: why,
    });
  };
  const send = useMutation({
    mutationFn: () => spec.send(values, { reason: reason.trim(), version: row?.version, flow }),
    onSuccess: (result) => {
      dropDraft(key);
      for (const queryKey of spec.touches) void client.invalidateQueries({ queryKey });
      spec.onDone(result, flow);
    },
  });
  // One looks at the row again when a draft may be older than it, when the Gateway says that it has
  // changed, and when it is not known whether a write arrived.
  const looks = spec.latest !== undefined && (found !== undefined || mayHaveChanged(send.error));
  const now = useQuery({
    queryKey: ["latest", key, row?.version, send.submittedAt],
    queryFn: () => spec.latest?.() ?? null,
    enabled: looks,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const stale = now.data && now.data.version !== row?.version ? now.data : undefined;
  const lacks =
    spec.lacks(values) ??
    (stale ? `Version ${stale.version} has to be looked at first` : undefined) ??
    reasonLacks(reason);

  return {
    base: row?.values,
    version: row?.version,
    values,
    set(more) {
      const next = { ...values, ...more };
      setValues(next);
      keep(next, reason);
    },
    reason,
    setReason(next) {
      setReason(next);
      keep(values, next);
    },
    dirty,
    restored,
    startAfresh() {
      dropDraft(key);
      setRow(spec.row);
      setValues(spec.first);
      setReason("");
      setRestored(undefined);
      setConflicts([]);
      send.reset();
    },
    lacks: send.isPending ? "The Gateway is being asked" : lacks,
    sending: send.isPending,
    error: send.error ?? now.error,
    stale,
    applyOnTop() {
      if (!stale) return;
      const merge = spec.merge ?? mergeFields;
      const merged = merge(row?.values ?? spec.first, values, stale.values);
      setValues(merged.value);
      setConflicts(merged.conflicts);
      setRow(stale);
      send.reset();
      keep(merged.value, reason, stale);
    },
    conflicts,
    submit() {
      if (!lacks && !send.isPending) send.mutate();
    },
    discard: () => dropDraft(key),
  };
}
