// One versioned document, wherever it stands: the routes of each space, said once.
import { api, unwrap } from "../client";
import type {
  DocumentChange,
  DocumentSummary,
  DocumentsQuery,
  DocumentVersion,
  Listing,
  Space,
  VersionedDocument,
} from "./types";
import { type Write, writeHeaders } from "./write";

type Page = Pick<DocumentsQuery, "cursor" | "limit">;

export function readDocuments(
  space: Space,
  query: DocumentsQuery,
  signal: AbortSignal,
): Promise<Listing<DocumentSummary>> {
  switch (space.of) {
    case "platform":
      return unwrap(api.GET("/admin/v1/config/documents", { params: { query }, signal }));
    case "tenant":
      return unwrap(
        api.GET("/admin/v1/config/tenant/documents", {
          params: { query, header: tenant(space) },
          signal,
        }),
      );
    case "definition":
      return unwrap(
        api.GET("/admin/v1/definitions/{kind}", {
          params: { query, path: { kind: space.kind } },
          signal,
        }),
      );
  }
}

export function readDocument(
  space: Space,
  name: string,
  signal?: AbortSignal,
): Promise<VersionedDocument> {
  const more = signal ? { signal } : {};
  switch (space.of) {
    case "platform":
      return unwrap(
        api.GET("/admin/v1/config/documents/{name}", { params: { path: { name } }, ...more }),
      );
    case "tenant":
      return unwrap(
        api.GET("/admin/v1/config/tenant/documents/{name}", {
          params: { path: { name }, header: tenant(space) },
          ...more,
        }),
      );
    case "definition":
      return unwrap(
        api.GET("/admin/v1/definitions/{kind}/{name}", {
          params: { path: { kind: space.kind, name } },
          ...more,
        }),
      );
  }
}

export function readVersions(
  space: Space,
  name: string,
  query: Page,
  signal: AbortSignal,
): Promise<Listing<DocumentVersion>> {
  switch (space.of) {
    case "platform":
      return unwrap(
        api.GET("/admin/v1/config/documents/{name}/versions", {
          params: { path: { name }, query },
          signal,
        }),
      );
    case "tenant":
      return unwrap(
        api.GET("/admin/v1/config/tenant/documents/{name}/versions", {
          params: { path: { name }, query, header: tenant(space) },
          signal,
        }),
      );
    case "definition":
      return unwrap(
        api.GET("/admin/v1/definitions/{kind}/{name}/versions", {
          params: { path: { kind: space.kind, name }, query },
          signal,
        }),
      );
  }
}

export function readVersion(
  space: Space,
  name: string,
  version: number,
  signal: AbortSignal,
): Promise<VersionedDocument> {
  switch (space.of) {
    case "platform":
      return unwrap(
        api.GET("/admin/v1/config/documents/{name}/versions/{version}", {
          params: { path: { name, version } },
          signal,
        }),
      );
    case "tenant":
      return unwrap(
        api.GET("/admin/v1/config/tenant/documents/{name}/versions/{version}", {
          params: { path: { name, version }, header: tenant(space) },
          signal,
        }),
      );
    case "definition":
      return unwrap(
        api.GET("/admin/v1/definitions/{kind}/{name}/versions/{version}", {
          params: { path: { kind: space.kind, name, version } },
          signal,
        }),
      );
  }
}

export function putDocument(
  space: Space,
  name: string,
  body: DocumentChange,
  write: Write,
): Promise<VersionedDocument> {
  const header = writeHeaders(write);
  switch (space.of) {
    case "platform":
      return unwrap(
        api.PUT("/admin/v1/config/documents/{name}", { params: { path: { name }, header }, body }),
        write.flow,
      );
    case "tenant":
      return unwrap(
        api.PUT("/admin/v1/config/tenant/documents/{name}", {
          params: { path: { name }, header: { ...header, ...tenant(space) } },
          body,
        }),
        write.flow,
      );
    case "definition":
      return unwrap(
        api.PUT("/admin/v1/definitions/{kind}/{name}", {
          params: { path: { kind: space.kind, name }, header },
          body,
        }),
        write.flow,
      );
  }
}

export function removeDocument(space: Space, name: string, write: Write): Promise<unknown> {
  const header = writeHeaders(write);
  switch (space.of) {
    case "platform":
      return unwrap(
        api.DELETE("/admin/v1/config/documents/{name}", { params: { path: { name }, header } }),
        write.flow,
      );
    case "tenant":
      return unwrap(
        api.DELETE("/admin/v1/config/tenant/documents/{name}", {
          params: { path: { name }, header: { ...header, ...tenant(space) } },
        }),
        write.flow,
      );
    case "definition":
      return unwrap(
        api.DELETE("/admin/v1/definitions/{kind}/{name}", {
          params: { path: { kind: space.kind, name }, header },
        }),
        write.flow,
      );
  }
}

const tenant = (space: Extract<Space, { of: "tenant" }>) => ({ "x-tenant-id": space.tenant_id });
