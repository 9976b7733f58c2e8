// A page that remembers every console error, page error and policy violation, and axe in both themes.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const THEMES = ["dark", "light"];
export const WAIT_MS = 30_000;

/** What axe has looked at: every page or state once a theme. */
export const seen = { states: new Set(), scans: 0, violations: 0 };

export async function openBrowser(executablePath, base, out) {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width: 1440, height: 900 },
    colorScheme: "dark",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const complaints = [];
  /** Failed loads that a check expects, e.g. 401 before signing in. */
  const expected = [/status of 401/];
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const text = message.text();
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(`console: ${text}`);
  });
  page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
  await page.exposeFunction("__violated", (text) => void complaints.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.__violated(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}`);
    });
  });
  return {
    page,
    expect: (pattern) => expected.push(pattern),
    picture: (name) => page.screenshot({ path: `${out}${name}.png` }),
    close: () => browser.close(),
    mustBeClean() {
      if (complaints.length > 0)
        throw new Error(`the browser complained:\n${complaints.join("\n")}`);
    },
  };
}

/** Colours fade from one theme to the other; until they have, contrast and pictures show neither. */
function settled(page) {
  return page.evaluate(async () => {
    await new Promise(requestAnimationFrame);
    const ends = document
      .getAnimations()
      .filter((each) => each.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY)
      .map((each) => each.finished.catch(() => {}));
    await Promise.all(ends);
  });
}

/**
 * axe in both themes; the script is evaluated by the debugger, which the page's policy does not
 * bind. Fails with every violation it finds.
 */
export async function axeBothThemes(page, where) {
  const found = [];
  for (const theme of THEMES) {
    await page.evaluate((wanted) => {
      document.documentElement.dataset.theme = wanted;
    }, theme);
    await settled(page);
    await page.evaluate(axeSource);
    const violations = await page.evaluate(
      (tags) =>
        window.axe
          .run(document, { runOnly: { type: "tag", values: tags } })
          .then((r) => r.violations),
      TAGS,
    );
    seen.states.add(where);
    seen.scans += 1;
    seen.violations += violations.length;
    for (const violation of violations) {
      const nodes = violation.nodes.map(
        (node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`,
      );
      found.push(`${where} in ${theme}: ${violation.id}\n  ${nodes.slice(0, 5).join("\n  ")}`);
    }
  }
  await page.evaluate(() => {
    document.documentElement.dataset.theme = "dark";
  });
  await settled(page);
  must(found.length === 0, found.join("\n"));
}

export async function signIn(page, user) {
  await page.goto("/sign-in");
  await page.getByLabel("User name").fill(user.username);
  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}

/** Somebody else at the same system, in a browser of their own. */
export async function secondBrowser(page) {
  const context = await page
    .context()
    .browser()
    .newContext({
      baseURL: new URL(page.url()).origin,
      viewport: { width: 1440, height: 900 },
      colorScheme: "dark",
    });
  const other = await context.newPage();
  other.setDefaultTimeout(WAIT_MS);
  return { page: other, close: () => context.close() };
}

export function userOf(env, role) {
  const user = env.users.find((each) => new RegExp(role, "i").test(each.role));
  must(user, `the environment file names no ${role}`);
  return user;
}

/** Makes a node of the fleet simulator misbehave while `run` runs. */
export async function withFault(env, node, fault, run) {
  const url = `${env.fleet}/sim/v1/nodes/${node}/faults/${fault}`;
  const ask = async (method) => {
    const body =
      method === "PUT" ? { body: "{}", headers: { "content-type": "application/json" } } : {};
    const answer = await fetch(url, { method, ...body });
    must(answer.ok, `${method} ${url} answered ${answer.status}`);
  };
  await ask("PUT");
  try {
    return await run();
  } finally {
    await ask("DELETE");
  }
}

export function must(condition, sentence) {
  if (!condition) throw new Error(sentence);
}
