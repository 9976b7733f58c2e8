// The states of the control plane as Status, so that no page picks an icon by hand.
import { Status } from "~/ui/Status";
import { jobLook, type Look, resultLook, sessionLook, tenantLook, userLook } from "./words";

function Shown({ look, pill, title }: { look: Look; pill?: boolean; title?: string | undefined }) {
  return (
    <Status tone={look.tone} icon={look.icon} pill={pill ?? false} title={title}>
      {look.word}
    </Status>
  );
}

export function JobStatus({ state, pill }: { state: string; pill?: boolean }) {
  return <Shown look={jobLook(state)} {...(pill ? { pill } : {})} />;
}

export function TenantStatus({
  state,
  pill,
}: {
  state: string | null | undefined;
  pill?: boolean;
}) {
  return <Shown look={tenantLook(state)} {...(pill ? { pill } : {})} />;
}

export function UserStatus({ state, pill }: { state: string; pill?: boolean }) {
  return <Shown look={userLook(state)} {...(pill ? { pill } : {})} />;
}

export function SessionStatus({ state, pill }: { state: string; pill?: boolean }) {
  return <Shown look={sessionLook(state)} {...(pill ? { pill } : {})} />;
}

export function ResultStatus({ result, title }: { result: string; title?: string | undefined }) {
  return <Shown look={resultLook(result)} title={title} />;
}

/** A number, or the word unknown with its shape: never zero for what was not measured. */
export function Measured({
  value,
  because,
}: {
  value: string | null | undefined;
  because?: string;
}) {
  if (value === null || value === undefined) {
    return (
      <Status tone="unk" icon="unknown" title={because}>
        unknown
      </Status>
    );
  }
  return <>{value}</>;
}

/** Whether somebody serves it who does not own it; unknown is not none. */
export function Drift({ drift }: { drift: boolean | null | undefined }) {
  if (drift === null || drift === undefined) {
    return <Measured value={null} because="Not every node told what it serves." />;
  }
  if (!drift) return <span>none</span>;
  return (
    <Status
      tone="warn"
      icon="drift"
      title="A node serves it that does not own it, or under another epoch."
    >
      Drift
    </Status>
  );
}
