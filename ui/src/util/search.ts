// Search parameters of a page as typed optional texts. What is not named is dropped, so that an
// address says only what the page understands.

type Texts<K extends string> = { [name in K]?: string | undefined };

/** For `validateSearch`: the named parameters, trimmed; empty ones are left out. */
export function texts<const K extends string>(...names: K[]) {
  return (search: Record<string, unknown>): Texts<K> => {
    const out: Texts<K> = {};
    for (const name of names) {
      const value = search[name];
      const text = typeof value === "string" ? value.trim() : "";
      if (text) out[name] = text;
    }
    return out;
  };
}

/** One of a few values, or nothing. */
export function oneOf<const T extends string>(
  value: unknown,
  allowed: readonly T[],
): T | undefined {
  return allowed.find((each) => each === value);
}

/** A path of this console and of no other site; the sign-in leads nowhere else. */
export function ownPath(value: unknown): string | undefined {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : undefined;
}

/** A whole number from 1, or nothing. */
export function positive(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
