// The difference of two texts line by line, with a little of what stays around it.
import { diffArrays } from "diff";

export type DiffLine = { kind: "same" | "add" | "del" | "skip"; text: string };

const CONTEXT = 3;

export function diffLines(before: string, after: string): DiffLine[] {
  const parts = diffArrays(before.split("\n"), after.split("\n"));
  return parts.flatMap((part, index): DiffLine[] => {
    const lines = (kind: DiffLine["kind"], texts: string[]) =>
      texts.map((text): DiffLine => ({ kind, text }));
    if (part.added) return lines("add", part.value);
    if (part.removed) return lines("del", part.value);
    const head = index === 0 ? 0 : CONTEXT;
    const tail = index === parts.length - 1 ? 0 : CONTEXT;
    const hidden = part.value.length - head - tail;
    if (hidden <= 1) return lines("same", part.value);
    return [
      ...lines("same", part.value.slice(0, head)),
      { kind: "skip", text: `${hidden} lines unchanged` },
      ...lines("same", part.value.slice(part.value.length - tail)),
    ];
  });
}

/** What a set of names gains and loses; nothing when they are the same. */
export function diffSets(before: readonly string[], after: readonly string[]): DiffLine[] {
  return [
    ...before
      .filter((each) => !after.includes(each))
      .map((text): DiffLine => ({ kind: "del", text })),
    ...after
      .filter((each) => !before.includes(each))
      .map((text): DiffLine => ({ kind: "add", text })),
  ];
}
