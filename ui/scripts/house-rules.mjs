// House rules that the linter cannot say: file length, no style attribute, one fetcher.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const MAX_LINES = 400;
const root = fileURLToPath(new URL("..", import.meta.url));

function* walk(folder) {
  for (const name of readdirSync(folder)) {
    if (name === "node_modules" || name === "dist" || name === "__generated__") continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield path;
  }
}

const rules = [
  [
    /\.(tsx?|css|mjs)$/,
    (text) => text.split("\n").length > MAX_LINES && `has more than ${MAX_LINES} lines`,
  ],
  [
    /src\/.*\.tsx$/,
    (text) =>
      /\bstyle=\{/.test(text) && "has a style attribute; data geometry goes into SVG attributes",
  ],
  [
    /src\/(?!api\/|test\/).*\.tsx?$/,
    (text) => /(?<![.\w])fetch\(/.test(text) && "fetches; only api/ does",
  ],
  [
    /\.css$/,
    (text, path) =>
      !path.endsWith("tokens.css") &&
      /#[0-9a-fA-F]{3,8}\b|\brgba?\(/.test(text) &&
      "has a colour; only tokens.css does",
  ],
  [
    /src\/.*\.tsx?$/,
    (text) =>
      /dangerouslySetInnerHTML|\beval\(|new Function/.test(text) && "runs or injects markup",
  ],
];

const found = [];
for (const folder of ["src", "mock-api", "e2e", "scripts"]) {
  for (const path of walk(join(root, folder))) {
    const name = relative(root, path);
    if (name === "scripts/house-rules.mjs") continue;
    const text = readFileSync(path, "utf8");
    for (const [where, rule] of rules) {
      const said = where.test(name) && rule(text, name);
      if (said) found.push(`${name} ${said}`);
    }
  }
}
if (found.length > 0) {
  console.error(found.join("\n"));
  process.exit(1);
}
