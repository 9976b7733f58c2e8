// The operator's main flow in a real Chromium against the real control plane.
//   CONTROL_E2E_ENV_FILE  the JSON that `cargo xtask dev --env-file F` writes
//   CONTROL_CHROMIUM      the browser (default: /usr/bin/chromium)
//   CONTROL_E2E_ONLY      a part of a check's name, to run only those
// Pictures and a report go to test-results/. Exits 1 when any check fails, 2 when it cannot begin.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checks } from "./checks.mjs";
import { openBrowser, seen } from "./lib.mjs";

const file = process.env.CONTROL_E2E_ENV_FILE;
if (!file) {
  console.error(
    "CONTROL_E2E_ENV_FILE is not set: start `cargo xtask dev --env-file F` and name F.",
  );
  process.exit(2);
}
const env = JSON.parse(readFileSync(file, "utf8"));
const out = fileURLToPath(new URL("../test-results/", import.meta.url));
mkdirSync(out, { recursive: true });

const results = [];
const only = process.env.CONTROL_E2E_ONLY ?? "";
const state = { env, out };
for (const { name, run } of checks.filter((check) => check.name.includes(only))) {
  const began = Date.now();
  const browser = await openBrowser(
    process.env.CONTROL_CHROMIUM ?? "/usr/bin/chromium",
    env.ui,
    out,
  );
  try {
    await run(browser, state);
    browser.mustBeClean();
    results.push({ name, ok: true, ms: Date.now() - began });
    console.log(`ok    ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    results.push({ name, ok: false, ms: Date.now() - began, error: String(error?.stack ?? error) });
    console.error(
      `FAIL  ${name}\n      ${String(error?.message ?? error).replaceAll("\n", "\n      ")}`,
    );
    await browser.picture(`failed-${results.length}`).catch(() => {});
  } finally {
    await browser.close();
  }
}
writeFileSync(`${out}report.json`, JSON.stringify(results, null, 2));
const failed = results.filter((result) => !result.ok).length;
console.log(
  `axe: ${seen.states.size} pages and states, both themes, ${seen.scans} scans: ${seen.violations} violations`,
);
console.log(`${results.length - failed} of ${results.length} checks passed`);
process.exit(failed > 0 ? 1 : 0);
