// What happened in one flow, in order of time: the events of its job and the audit records that no
// event stands for. Pure; the first warning is marked, because that is where one looks first.
import type { AuditRow, JobEvent } from "~/api/types";
import { auditText } from "~/components/auditText";
import { eventLook, eventText } from "~/components/eventText";
import type { IconName } from "~/ui/glyphs";
import type { Tone } from "~/ui/Status";

export type Moment = {
  id: string;
  at: string;
  /** Milliseconds since the moment before; none on the first. */
  sinceMs: number | undefined;
  source: "Event" | "Audit";
  by: string;
  name: string;
  what: string;
  ref: string;
  tone: Tone;
  icon: IconName;
  warning: boolean;
  firstSign: boolean;
};

type Bare = Omit<Moment, "sinceMs" | "firstSign">;

const warns = (tone: Tone) => tone === "warn" || tone === "bad" || tone === "unk";

function ofEvent(event: JobEvent, index: number): Bare {
  const look = eventLook(event.type);
  return {
    id: `event ${event.seq} ${index}`,
    at: event.at,
    source: "Event",
    by: "job-saga",
    name: event.type,
    what: eventText(event),
    ref: String(event.seq),
    ...look,
    warning: warns(look.tone),
  };
}

function ofAudit(row: AuditRow): Bare {
  const { tone, icon, what } = auditText(row);
  return {
    id: `audit ${row.seq}`,
    at: row.at,
    source: "Audit",
    by: "command-api",
    name: row.operation,
    what: [what, row.detail].filter(Boolean).join(": "),
    ref: row.seq,
    tone,
    icon,
    warning: row.result !== "ok",
  };
}

/** Oldest first. Records made from an event are left out: the event itself is there. */
export function storyOf(events: readonly JobEvent[], records: readonly AuditRow[]): Moment[] {
  const bare = [
    ...events.map(ofEvent),
    ...records.filter((row) => row.stream === "audit").map(ofAudit),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const first = bare.findIndex((moment) => moment.warning);
  return bare.map((moment, index) => {
    const before = bare[index - 1];
    return {
      ...moment,
      sinceMs: before && Date.parse(moment.at) - Date.parse(before.at),
      firstSign: index === first,
    };
  });
}
