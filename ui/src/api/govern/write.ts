// What every write to the Gateway's administration says besides its body: why, upon which version,
// and which flow it belongs to.
import { type Flow, flowHeaders } from "../flow";

export const MAX_REASON = 500;

export type Write = {
  /** As the operator wrote it. */
  reason: string;
  /** The version that was read; without one, the row must not exist yet. */
  version?: number | undefined;
  flow?: Flow;
};

/** Visible ASCII stays as it is, but for `%`; everything else is percent-encoded UTF-8. */
export function encodeReason(reason: string): string {
  const whole = reason.trim().replaceAll(/\p{Surrogate}/gu, "\ufffd");
  return whole.replaceAll(/[^\x20-\x7e]+|%/gu, encodeURIComponent);
}

/** Headers of a change or a removal, and of a creation by PUT. */
export function writeHeaders({ reason, version, flow }: Write) {
  return {
    ...flowHeaders(flow),
    "x-reason": encodeReason(reason),
    ...(version === undefined ? { "if-none-match": "*" } : { "if-match": `"${version}"` }),
  };
}

/** Headers of what has no version: a creation by POST, a revocation. */
export function plainHeaders({ reason, flow }: Write) {
  return { ...flowHeaders(flow), "x-reason": encodeReason(reason) };
}

/** Characters as the API counts them, not as JavaScript stores them. */
export function reasonLacks(reason: string): string | undefined {
  const length = [...reason.trim()].length;
  if (length === 0) return "A reason is needed";
  return length > MAX_REASON
    ? `The reason is ${length - MAX_REASON} characters too long`
    : undefined;
}
