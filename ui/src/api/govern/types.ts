// The Gateway's administration by the names the console uses: users, sessions, roles, permissions,
// documents. All of them come from the generated schema. No logic here.
import type { components, paths } from "../__generated__/schema";

type Schemas = components["schemas"];
type QueryOf<P extends keyof paths> = paths[P] extends {
  get: { parameters: { query?: infer Q } };
}
  ? NonNullable<Q>
  : never;

/** One page of any of its lists: every `Listing_…` of the schema has this frame. */
export type Listing<T> = Omit<Schemas["Listing_Role"], "items"> & { items: T[] };

export type User = Schemas["GatewayUser"];
export type UserState = Schemas["UserState"];
export type NewUser = Schemas["NewUser"];
export type UserChange = Schemas["UserChange"];
export type GatewaySession = Schemas["GatewaySession"];
export type SessionState = Schemas["SessionState"];
export type Role = Schemas["Role"];
export type NewRole = Schemas["NewRole"];
export type RoleChange = Schemas["RoleChange"];
export type Permission = Schemas["Permission"];

export type DefinitionKind = Schemas["DefinitionKind"];
export const DEFINITION_KINDS = [
  "aggregate",
  "projection",
  "runner",
] as const satisfies readonly DefinitionKind[];
export type DocumentSummary = Schemas["DocumentSummary"];
export type VersionedDocument = Schemas["Document"];
export type DocumentVersion = Schemas["DocumentVersion"];
export type DocumentChange = Schemas["DocumentChange"];
export type JsonObject = VersionedDocument["document"];

export type UsersQuery = QueryOf<"/admin/v1/iam/users">;
export type SessionsQuery = QueryOf<"/admin/v1/iam/sessions">;
export type RolesQuery = QueryOf<"/admin/v1/iam/roles">;
export type DocumentsQuery = QueryOf<"/admin/v1/config/documents">;

/** Where a document stands: the platform's configuration, one tenant's, or one kind of definition. */
export type Space =
  | { of: "platform" }
  | { of: "tenant"; tenant_id: string }
  | { of: "definition"; kind: DefinitionKind };
