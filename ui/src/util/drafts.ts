// Forms that were begun and not sent, kept in this tab: over a reload, a refusal, a lost session.
// A draft belongs to one operator, ends with the write it was for, and never holds a secret.
import { useSyncExternalStore } from "react";

export type Draft<Ask = unknown> = {
  key: string;
  /** RFC 3339, of the last letter typed. */
  at: string;
  /** What it would do: `Edit ada`. */
  title: string;
  /** What opens the form again. */
  ask: Ask;
  /** The row it rests on, as it was read; none for what does not exist yet. */
  row?: unknown;
  values: unknown;
  reason: string;
};

const PREFIX = "control.draft.";
const listeners = new Set<() => void>();
let all: readonly Draft[] | undefined;

function isDraft(value: unknown): value is Draft {
  return (
    typeof value === "object" &&
    value !== null &&
    ["key", "at", "title", "ask", "values", "reason"].every((name) => name in value)
  );
}

function read(): readonly Draft[] {
  const found: Draft[] = [];
  try {
    for (let index = 0; index < sessionStorage.length; index++) {
      const name = sessionStorage.key(index);
      if (!name?.startsWith(PREFIX)) continue;
      const value: unknown = JSON.parse(sessionStorage.getItem(name) ?? "null");
      if (isDraft(value)) found.push(value);
    }
  } catch {
    // A storage that is closed or holds something else keeps no drafts.
  }
  return found.sort((a, b) => b.at.localeCompare(a.at));
}

function changed(): void {
  all = undefined;
  for (const each of listeners) each();
}

/** Newest first, of everybody who worked in this tab. */
export function drafts(): readonly Draft[] {
  all ??= read();
  return all;
}

/** Names the draft of one operator for one thing to do with one row. */
export function draftKey(who: string, what: string): string {
  return `${who} ${what}`;
}

export function keepDraft(draft: Draft): void {
  try {
    sessionStorage.setItem(`${PREFIX}${draft.key}`, JSON.stringify(draft));
  } catch {
    // Storage may be full or closed; the form itself still holds what was typed.
  }
  changed();
}

export function dropDraft(key: string): void {
  try {
    sessionStorage.removeItem(`${PREFIX}${key}`);
  } catch {
    // Nothing is kept in a closed storage.
  }
  changed();
}

/** For tests, which begin anew. */
export function forgetDrafts(): void {
  sessionStorage.clear();
  changed();
}

export function useDrafts(): readonly Draft[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    drafts,
    drafts,
  );
}
