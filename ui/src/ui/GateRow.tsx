// One gate: verdict | name | observed | limit | age; and why, whenever it is not Pass.
import type { ReactNode } from "react";
import { cx } from "~/util/cx";
import { age } from "~/util/format";
import css from "./GateRow.module.css";
import type { IconName } from "./glyphs";
import { Icon } from "./Icon";
import { Status, type Tone } from "./Status";

export type GateView = {
  name: string;
  verdict: "pass" | "fail" | "unknown" | "not_yet";
  observed: string;
  limit: string;
  ageMs?: number | undefined;
  because?: string | undefined;
  overriddenBy?: string | undefined;
};

const looks: Record<GateView["verdict"], { tone: Tone; icon: IconName; word: string }> = {
  pass: { tone: "ok", icon: "ok", word: "Pass" },
  fail: { tone: "bad", icon: "bad", word: "Fail" },
  unknown: { tone: "unk", icon: "unknown", word: "Unknown" },
  not_yet: { tone: "warn", icon: "wait", word: "Not yet" },
};

/** `ready` as a limit reads `= ready`; what compares by itself stays. */
function limitText(limit: string): string {
  return /^[a-z]+$/.test(limit) ? `= ${limit}` : limit;
}

export function GateRow({
  gate,
  wide,
  children,
}: {
  gate: GateView;
  /** In the plan dialog: its own limit column. */
  wide?: boolean;
  /** The override, inside an unknown or failed gate. */
  children?: ReactNode;
}) {
  const look = looks[gate.verdict];
  const quiet = gate.verdict === "pass";
  return (
    <li className={cx(css.gate, wide && css.wide, wide && !quiet && css[look.tone])}>
      <Status tone={look.tone} icon={look.icon} strong={!quiet && Boolean(wide)}>
        {look.word}
      </Status>
      <span className={cx(!quiet && wide && "strong")}>{gate.name}</span>
      <span className={cx(css.observed, gate.verdict === "unknown" && "c-unk")}>
        <span>{gate.observed}</span>
        {!wide && <i>{limitText(gate.limit)}</i>}
      </span>
      {wide && <span className={css.limit}>{limitText(gate.limit)}</span>}
      <span className={css.age}>{gate.ageMs === undefined ? "" : age(gate.ageMs)}</span>
      {!quiet && gate.because && <span className={css.why}>{gate.because}</span>}
      {gate.overriddenBy && (
        <span className={css.why}>
          <Icon name="user" small /> Overridden by {gate.overriddenBy}
        </span>
      )}
      {children && <div className={css.over}>{children}</div>}
    </li>
  );
}

export function GateList({
  label,
  scrolls,
  children,
}: {
  label: string;
  /** Where it may be taller than its panel: then the keyboard can scroll it too. */
  scrolls?: boolean;
  children: ReactNode;
}) {
  const list = <ul aria-label={label}>{children}</ul>;
  if (!scrolls) return list;
  return (
    <div className={css.scroll} tabIndex={0} role="group" aria-label={`${label}, scrolls`}>
      {list}
    </div>
  );
}

/** A head between groups of gates: `Holds 09.barrier`. */
export function GateSection({ children }: { children: ReactNode }) {
  return <li className={css.section}>{children}</li>;
}
