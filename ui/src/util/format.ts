// How numbers, durations, ids and times are written. Pure; no component formats by hand.
import type { Zone } from "./zone";

const NB = "\u00a0";
const integer = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function int(value: number): string {
  return integer.format(value);
}

/** One decimal and the sign: `17.6 %`. Takes a share between 0 and 1. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}${NB}%`;
}

const pad = (value: number, width = 2) => String(value).padStart(width, "0");

function parts(ms: number) {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  return { h: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60), s: seconds % 60 };
}

/** An age that ticks in place: tenths below 10 s, seconds below 1 min, `m s` below 1 h, `h m`. */
export function age(ms: number): string {
  const value = Math.max(0, ms);
  if (value < 10_000) return `${(Math.floor(value / 100) / 10).toFixed(1)}${NB}s`;
  const { h, m, s } = parts(value);
  if (h > 0) return `${int(h)}${NB}h ${pad(m)}${NB}m`;
  if (m > 0) return `${m}${NB}m ${pad(s)}${NB}s`;
  return `${s}${NB}s`;
}

/** A length of time that does not tick: no zero parts, milliseconds below one second. */
export function span(ms: number): string {
  const value = Math.max(0, ms);
  if (value === 0) return `0${NB}s`;
  if (value < 95) return `${Math.round(value)}${NB}ms`;
  if (value < 10_000 && value % 1000 !== 0) return `${(value / 1000).toFixed(1)}${NB}s`;
  const { h, m, s } = parts(Math.round(value / 1000) * 1000);
  const shown = [h && `${int(h)}${NB}h`, m && `${m}${NB}m`, !h && s && `${s}${NB}s`];
  return shown.filter(Boolean).join(" ");
}

/** `+1 m 12 s` or `−3 s`: a difference against a plan. */
export function signedSpan(ms: number): string {
  return `${ms < 0 ? "\u2212" : "+"}${span(Math.abs(ms))}`;
}

/** First 8, last 4; hashes and trace ids keep less of their head. Never cut at the end. */
export function shortId(id: string): string {
  if (id.length <= 16) return id;
  const hex = /^[0-9a-f]+$/.test(id);
  const head = hex ? (id.length >= 40 ? 4 : 6) : 8;
  return `${id.slice(0, head)}\u2026${id.slice(-4)}`;
}

type TimeStyle = "auto" | "seconds" | "millis" | "full";

/**
 * `14:02:11Z`; with the date when it is not `now`'s day (`auto`) or always (`full`);
 * with milliseconds (`millis`). Local times carry their offset instead of Z.
 */
export function clock(at: Date, zone: Zone, style: TimeStyle, now: Date): string {
  if (Number.isNaN(at.getTime())) return "unknown";
  const utc = zone === "utc";
  const pick = (date: Date) => {
    const shifted = utc ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
    return shifted.toISOString();
  };
  const iso = pick(at);
  const day = iso.slice(0, 10);
  const time = iso.slice(11, style === "millis" ? 23 : 19);
  const text = `${time}${utc ? "Z" : offset(at)}`;
  const dated = style === "full" || (style !== "seconds" && day !== pick(now).slice(0, 10));
  return dated ? `${day} ${text}` : text;
}

/** The calendar day of a moment, in the zone that is shown: `2026-11-24`. */
export function dayOf(ms: number, zone: Zone): string {
  const shift = zone === "utc" ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - shift).toISOString().slice(0, 10);
}

function offset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const sign = minutes < 0 ? "\u2212" : "+";
  const value = Math.abs(minutes);
  return `${sign}${pad(Math.floor(value / 60))}${value % 60 ? `:${pad(value % 60)}` : ""}`;
}

/** `0.9.3 (4c1e7ab52d10)` → `0.9.3 · 4c1e7ab`; one that does not know its commit was made by hand. */
export function buildText(version: string): string {
  return version.replace(" (unknown)", " · dev build").replace(/ \((\S{1,7})\S*\)$/, " · $1");
}

/** `1 tenant`, `2 tenants`. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${int(value)} ${value === 1 ? one : many}`;
}

/** The number at the end of `<incarnation>-<seq>`. */
export function seqOf(position: string): number {
  return Number(position.slice(position.lastIndexOf("-") + 1));
}

/** `1·90,310` for fences; only the sequence while the incarnation is 1 elsewhere. */
export function position(value: string, always = false): string {
  const [incarnation = "1", seq = ""] = value.split("-");
  const number = int(Number(seq));
  return always || incarnation !== "1" ? `${incarnation}\u00b7${number}` : number;
}
