// JSON as people write it: where it is wrong, in words; and one way to write it for comparing.
import { type ParseErrorCode, visit } from "jsonc-parser";

export type JsonObject = Record<string, unknown>;
export type Wrong = { line: number; what: string };
export type Parsed = { ok: true; value: JsonObject } | { ok: false; wrong: Wrong };

/** jsonc-parser's codes; the enum itself is not in its isolated build. */
const words: Record<number, string> = {
  1: "this is no JSON value",
  2: "a number has an unusable form",
  3: "a property name in double quotes is needed",
  4: "a value is needed",
  5: "a colon is needed",
  6: "a comma is needed before this",
  7: "a closing brace is needed",
  8: "a closing bracket is needed",
  9: "nothing may follow the end of the document",
  10: "JSON has no comments",
  11: "a comment has no end",
  12: "a text has no end",
  13: "a number has no end",
  14: "an escape after \\u has four hexadecimal digits",
  15: "an escape with a backslash is unknown",
  16: "a control character must be escaped",
};

const says = (code: ParseErrorCode) => words[code] ?? "this is no JSON";

/** An object, or the first thing that is wrong with its line. */
export function parseObject(text: string): Parsed {
  const wrong = firstWrong(text);
  if (wrong) return { ok: false, wrong };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, wrong: { line: 1, what: "this is no JSON" } };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, wrong: { line: 1, what: "the document is an object, in braces" } };
  }
  return { ok: true, value: value as JsonObject };
}

function firstWrong(text: string): Wrong | undefined {
  if (text.trim() === "") return { line: 1, what: "the document is an object, in braces" };
  const found: Wrong[] = [];
  const names: Set<string>[] = [];
  const tell = (line: number, what: string) => void found.push({ line: line + 1, what });
  visit(
    text,
    {
      onObjectBegin: () => void names.push(new Set()),
      onObjectEnd: () => void names.pop(),
      onObjectProperty(name, _offset, _length, line) {
        const seen = names.at(-1);
        if (seen?.has(name)) tell(line, `“${name}” is there twice`);
        seen?.add(name);
      },
      onLiteralValue(value, offset, length, line) {
        const digits = text.slice(offset, offset + length);
        if (typeof value !== "number") return;
        if (!Number.isFinite(value)) tell(line, "this number is too large");
        else if (!Number.isSafeInteger(value) && /^-?\d+$/.test(digits)) {
          tell(line, "a whole number this long loses digits; write it as text");
        }
      },
      onError: (code, _offset, _length, line) => tell(line, says(code)),
    },
    { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
  );
  return found.sort((a, b) => a.line - b.line)[0];
}

/** For the editor: keys as they are. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, inOrder(each)]));
}

/** For comparing: keys in order, so that only content makes a difference. */
export function canonical(value: unknown): string {
  return pretty(inOrder(value));
}
