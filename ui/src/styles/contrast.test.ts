// Every text colour on every background it may stand on, by the WCAG 2 formula, in both themes.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const source = readFileSync("src/styles/tokens.css", "utf8");

function tokens(theme: "dark" | "light"): Record<string, string> {
  const start = source.indexOf(`:root[data-theme="${theme}"]`);
  const block = source.slice(source.indexOf("{", start), source.indexOf("}", start));
  return Object.fromEntries(
    [...block.matchAll(/--([a-z0-9-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  );
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const backgrounds = ["bg", "surface", "raised", "sunken", "hover", "select"];
const texts = ["text", "text-2", "text-3", "accent", "ok", "warn", "bad", "unk"];
const edges = ["control", "bar"];

test.each(["dark", "light"] as const)(
  "text and edges can be told from every background in %s",
  (theme) => {
    const all = tokens(theme);
    const value = (name: string) => all[name] ?? "";
    const low: string[] = [];
    const check = (front: string, back: string, least: number) => {
      const found = ratio(value(front), value(back));
      if (!(found >= least)) low.push(`${front} on ${back}: ${found.toFixed(2)}, needs ${least}`);
    };
    for (const back of backgrounds) {
      for (const text of texts) check(text, back, 4.5);
      for (const edge of edges) check(edge, back, 3);
    }
    check("on-inv", "inv", 4.5);
    check("on-fill", "bad-fill", 4.5);
    expect(low).toEqual([]);
  },
);
