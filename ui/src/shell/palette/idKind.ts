// What a pasted text is, by its shape alone.

const shapes: [RegExp, string][] = [
  [/^job_/, "job id"],
  [/^req_/, "request id"],
  [/^cor_/, "correlation id"],
  [/^cmd_/, "command id"],
  [/^plan_/, "plan id"],
  [/^ses_/, "session id"],
  [/^usr_/, "subject"],
  [/^[0-9a-f]{32}$/, "trace id"],
  [/^[0-9a-f]{2}-[0-9a-f]{32}-/, "traceparent"],
  [/^[0-9a-f]{64}$/, "plan hash"],
];

export function idKind(text: string): string {
  return shapes.find(([shape]) => shape.test(text))?.[1] ?? "id or tenant";
}

/** Worth asking the API about: an id, or the beginning of a tenant's name. */
export function looksLikeId(text: string): boolean {
  return text.length >= 2 && text.length <= 128 && /^[A-Za-z0-9_:-]+$/.test(text);
}

/** The trace id in a traceparent, or the text itself. */
export function searchable(text: string): string {
  const trimmed = text.trim();
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(trimmed)?.[1] ?? trimmed;
}
