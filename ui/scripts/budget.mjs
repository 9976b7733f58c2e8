// Prints what a visitor downloads, gzipped, and fails when a budget of the design is exceeded.
// The shell is what every page needs: the entry and all it imports statically, scripts and styles.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const KB = 1024;
const budgets = { shell: 120 * KB, route: 70 * KB, fonts: 100 * KB };
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

/** Files of a chunk and of all it imports statically. */
function filesOf(key, seen = new Set()) {
  if (seen.has(key)) return new Set();
  seen.add(key);
  const chunk = manifest[key];
  const files = new Set([chunk.file, ...(chunk.css ?? [])]);
  for (const next of chunk.imports ?? []) for (const file of filesOf(next, seen)) files.add(file);
  return files;
}

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shell = filesOf(entry);
const total = (files) => [...files].reduce((sum, file) => sum + size(file), 0);
const rows = [["shell", total(shell), budgets.shell]];

for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue;
  const own = [...filesOf(key)].filter((file) => !shell.has(file));
  rows.push([key.replace("src/", ""), total(own), budgets.route]);
}
const fonts = Object.values(manifest)
  .flatMap((chunk) => [chunk.file, ...(chunk.assets ?? [])])
  .filter((file) => file.endsWith(".woff2"));
// Fonts are compressed already: their size on disk is what travels.
const fontBytes = [...new Set(fonts)].reduce(
  (sum, f) => sum + readFileSync(new URL(f, dist)).length,
  0,
);
rows.push(["fonts", fontBytes, budgets.fonts]);

// The page of primitives shows every control at once; no operator visits it.
const counted = ([name]) => !name.startsWith("pages/primitives/");
const over = rows.filter((row) => counted(row) && row[1] > row[2]);
for (const [name, bytes, budget] of rows.sort((a, b) => b[1] - a[1])) {
  const mark = counted([name]) ? (bytes > budget ? "OVER" : "ok") : "demo";
  console.log(
    `${(bytes / KB).toFixed(1).padStart(7)} kB of ${(budget / KB).toFixed(0)}  ${mark.padEnd(4)}  ${name}`,
  );
}
if (over.length > 0) {
  console.error(`Over budget: ${over.map(([name]) => name).join(", ")}`);
  process.exit(1);
}
