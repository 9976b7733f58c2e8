// What still stands between the operator and the verb. Pure, and the only place that decides it.
import type { Gate, Plan } from "~/api/types";

export type Overrides = Readonly<Record<string, { on: boolean; reason: string }>>;

export type Draft = {
  plan: Plan | undefined;
  planning: boolean;
  /** The open job that holds the tenant, as it is called. */
  heldBy?: string | undefined;
  overrides: Overrides;
  reason: string;
  typed: string;
  sending: boolean;
};

export const MAX_REASON = 500;

export function openGates(gates: readonly Gate[]): Gate[] {
  return gates.filter((gate) => gate.verdict !== "pass");
}

export function chosenOverrides(draft: Pick<Draft, "plan" | "overrides">) {
  return openGates(draft.plan?.gates ?? [])
    .filter((gate) => draft.overrides[gate.id]?.on)
    .map((gate) => ({ gate: gate.id, reason: (draft.overrides[gate.id]?.reason ?? "").trim() }));
}

/** The next thing that is missing, in few words; undefined when the verb is on. */
export function missing(draft: Draft): string | undefined {
  const { plan } = draft;
  if (draft.planning || !plan) return draft.planning ? "Planning" : "No plan";
  if (draft.heldBy) return `${draft.heldBy} has to end first`;
  if (plan.noop) return "Nothing to move";
  const open = openGates(plan.gates);
  const unanswered = open.filter((gate) => !draft.overrides[gate.id]?.on);
  if (unanswered.length > 0) {
    return unanswered.length === 1
      ? `${unanswered[0]?.id} does not pass`
      : `${unanswered.length} gates do not pass`;
  }
  const unreasoned = chosenOverrides(draft).find(({ reason }) => reason === "");
  if (unreasoned) return `Why is ${unreasoned.gate} safe?`;
  if (draft.reason.trim() === "") return "A reason is needed";
  const left = lettersLeft(plan.tenant_id, draft.typed);
  if (left === undefined) return `That is not ${plan.tenant_id}`;
  if (left > 0) return left === 1 ? "1 letter to go" : `${left} letters to go`;
  return draft.sending ? "The API is being asked" : undefined;
}

/** How much of the name is still to be typed; undefined when what stands there is not its start. */
export function lettersLeft(name: string, typed: string): number | undefined {
  return name.startsWith(typed) ? name.length - typed.length : undefined;
}

/** `Migrate with override` is armed; so is anything irreversible. */
export function verbOf(draft: Draft, reverse: boolean): { label: string; armed: boolean } {
  const overridden = chosenOverrides(draft).length > 0;
  const word = reverse ? "Reverse" : "Migrate";
  const armed = overridden || (draft.plan?.irreversible.length ?? 0) > 0;
  return { label: overridden ? `${word} with override` : word, armed };
}
