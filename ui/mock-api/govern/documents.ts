// Versioned documents over HTTP: the platform's configuration, a tenant's, and definitions.
import { http } from "msw";
import {
  DEFINITION_KINDS,
  type DefinitionKind,
  type DocumentChange,
  type DocumentSummary,
  type VersionedDocument,
} from "~/api/govern/types";
import { type Context, route } from "../http";
import { Refused, tenantOf } from "../rules";
import { note, now, type World } from "../world";
import { listing, sorted } from "./listing";
import { type Paper, spaceKey, type Version } from "./papers";
import { mustRestOn, reaches, reachOf, reasonOf } from "./rules";

type Space = { area: "config" | "definitions"; kind?: DefinitionKind; tenant_id?: string };
type SpaceOf = (context: Context) => Space;

const MAX_BYTES = 48 * 1024;
const size = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
const latest = (paper: Paper) => paper.versions.at(-1) as Version;
const current = (paper: Paper) => (latest(paper).removed ? null : latest(paper).version);

function may(at: World, space: Space, verb: "read" | "write"): void {
  const right = `control.${space.area}.${verb}`;
  if (!reaches(reachOf(at, right), space.tenant_id)) {
    throw new Refused(403, "forbidden", `You lack ${right} here.`, { right });
  }
}

function paperOf(at: World, space: Space, name: string): Paper {
  const paper = at.papers.get(`${spaceKey(space)} ${name}`);
  if (!paper) throw new Refused(404, "not_found", `There is no document ${name}.`);
  return paper;
}

function summary(paper: Paper): DocumentSummary {
  const { description, version, document, at, by, reason } = latest(paper);
  const { versions: _, ...of } = paper;
  return {
    ...of,
    description,
    version,
    size_bytes: size(document),
    updated_at: at,
    updated_by: by,
    reason,
  };
}

function whole(paper: Paper, version: Version): VersionedDocument {
  const { versions: _, ...of } = paper;
  return {
    ...of,
    description: version.description,
    version: version.version,
    current_version: current(paper),
    document: version.document,
    updated_at: version.at,
    updated_by: version.by,
    reason: version.reason,
  };
}

function add(paper: Paper, more: Pick<Version, "removed" | "description" | "document" | "reason">) {
  const version = (paper.versions.at(-1)?.version ?? 0) + 1;
  paper.versions.push({ ...more, version, at: now(), by: "ines.moreau" });
}

function told(at: World, space: Space, verb: string, name: string, reason: string): void {
  const what = space.area === "config" ? "config.documents" : "definitions";
  note(at, {
    operation: `${what}.${verb}`,
    result: "ok",
    reason,
    resource: `${space.kind ?? "documents"}/${name}`,
    tenant_id: space.tenant_id ?? null,
  });
}

async function put({ request, params, world: at }: Context, space: Space) {
  may(at, space, "write");
  const reason = reasonOf(request);
  const name = params.name ?? "";
  if (!/^[a-z][a-z0-9._-]{0,62}$/.test(name)) {
    throw new Refused(422, "bad_argument", "name has an unusable form.", { field: "name" });
  }
  const key = `${spaceKey(space)} ${name}`;
  const before = at.papers.get(key);
  mustRestOn(request, before ? current(before) : null);
  const body = (await request.json()) as DocumentChange;
  if (size(body.document) > MAX_BYTES) {
    throw new Refused(422, "bad_argument", "document is at most 48 KiB.", { field: "document" });
  }
  const { area: _, ...of } = space;
  const paper = before ?? { name, ...of, versions: [] };
  const made = !before || current(before) === null;
  add(paper, {
    removed: false,
    description: body.description ?? "",
    document: body.document,
    reason,
  });
  at.papers.set(key, paper);
  told(at, space, "write", name, reason);
  return { status: made ? 201 : 200, body: whole(paper, latest(paper)) };
}

function handlersOf(base: string, spaceOf: SpaceOf) {
  const one = `${base}/:name`;
  return [
    http.get(
      base,
      route((context) => {
        const { url, world: at } = context;
        const space = spaceOf(context);
        may(at, space, "read");
        const text = url.searchParams.get("q") ?? "";
        const rows = [...at.papers.values()]
          .filter((paper) => spaceKey(paper) === spaceKey(space) && current(paper) !== null)
          .map(summary)
          .filter((row) => row.name.includes(text) || row.description.includes(text));
        return { body: listing(url, sorted(url, rows, ["name", "updated_at"], "name")) };
      }),
    ),
    http.get(
      one,
      route((context) => {
        const space = spaceOf(context);
        may(context.world, space, "read");
        const paper = paperOf(context.world, space, context.params.name ?? "");
        if (current(paper) === null) {
          throw new Refused(404, "not_found", `The document ${paper.name} is removed.`);
        }
        return { body: whole(paper, latest(paper)) };
      }),
    ),
    http.put(
      one,
      route((context) => put(context, spaceOf(context))),
    ),
    http.delete(
      one,
      route((context) => {
        const { request, world: at } = context;
        const space = spaceOf(context);
        may(at, space, "write");
        const reason = reasonOf(request);
        const paper = paperOf(at, space, context.params.name ?? "");
        mustRestOn(request, current(paper));
        add(paper, { ...latest(paper), removed: true, document: {}, reason });
        told(at, space, "delete", paper.name, reason);
        return { status: 204 };
      }),
    ),
    http.get(
      `${one}/versions`,
      route((context) => {
        const space = spaceOf(context);
        may(context.world, space, "read");
        const paper = paperOf(context.world, space, context.params.name ?? "");
        const rows = paper.versions.toReversed().map((each) => ({
          version: each.version,
          removed: each.removed,
          size_bytes: each.removed ? 0 : size(each.document),
          at: each.at,
          by: each.by,
          reason: each.reason,
        }));
        return { body: listing(context.url, rows) };
      }),
    ),
    http.get(
      `${one}/versions/:version`,
      route((context) => {
        const space = spaceOf(context);
        may(context.world, space, "read");
        const paper = paperOf(context.world, space, context.params.name ?? "");
        const wanted = Number(context.params.version);
        const version = paper.versions.find((each) => each.version === wanted);
        if (!version || version.removed) {
          throw new Refused(404, "not_found", `${paper.name} has no version ${wanted}.`);
        }
        return { body: whole(paper, version) };
      }),
    ),
  ];
}

function kindOf({ params }: Context): Space {
  const kind = DEFINITION_KINDS.find((each) => each === params.kind);
  if (!kind) throw new Refused(404, "unknown_kind", `There is no kind ${params.kind}.`);
  return { area: "definitions", kind };
}

export const papers = [
  ...handlersOf("*/admin/v1/config/documents", () => ({ area: "config" })),
  ...handlersOf("*/admin/v1/config/tenant/documents", ({ request, world: at }) => ({
    area: "config",
    tenant_id: tenantOf(at, request.headers.get("x-tenant-id")).tenant_id,
  })),
  ...handlersOf("*/admin/v1/definitions/:kind", kindOf),
];
