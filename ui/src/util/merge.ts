// A change made upon an older version, put on top of the newer one: what only one side has touched
// is taken from that side; what both have touched stays as the operator wrote it, and is named.

export type Merged<T> = { value: T; conflicts: string[] };

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** By content; the order of an object's keys does not count. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => same(each, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => same(a[name], b[name]));
}

function one(path: string, base: unknown, mine: unknown, theirs: unknown, conflicts: string[]) {
  if (same(mine, base)) return theirs;
  if (same(theirs, base) || same(mine, theirs)) return mine;
  if (isObject(mine) && isObject(theirs)) {
    return objects(path, isObject(base) ? base : {}, mine, theirs, conflicts);
  }
  conflicts.push(path);
  return mine;
}

function objects(path: string, base: Json, mine: Json, theirs: Json, conflicts: string[]): Json {
  const out: Json = {};
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const at = path ? `${path}.${name}` : name;
    const value = one(at, base[name], mine[name], theirs[name], conflicts);
    if (value !== undefined) out[name] = value;
  }
  return out;
}

/** JSON documents: key by key at any depth; a list is one value. */
export function mergeJson(base: Json, mine: Json, theirs: Json): Merged<Json> {
  const conflicts: string[] = [];
  return { value: objects("", base, mine, theirs, conflicts), conflicts };
}

/** Fields of a row: a list of names is a set, of which each side adds and removes. */
export function mergeFields<T extends object>(base: T, mine: T, theirs: T): Merged<T> {
  const conflicts: string[] = [];
  const out = { ...theirs };
  for (const name of Object.keys(mine) as (keyof T & string)[]) {
    const [was, my, their] = [base[name], mine[name], theirs[name]];
    out[name] =
      Array.isArray(was) && Array.isArray(my) && Array.isArray(their)
        ? (mergeSet(was, my, their) as T[typeof name])
        : (one(name, was, my, their, conflicts) as T[typeof name]);
  }
  return { value: out, conflicts };
}

function mergeSet(base: unknown[], mine: unknown[], theirs: unknown[]): unknown[] {
  const kept = theirs.filter((each) => mine.includes(each) || !base.includes(each));
  const added = mine.filter((each) => !base.includes(each) && !theirs.includes(each));
  return [...kept, ...added].sort();
}
