// What can be changed in the Gateway's administration. Each write says why and upon which version;
// the Gateway decides, and its refusal comes back in its own words.
import { api, unwrap } from "../client";
import type { NewRole, NewUser, Role, RoleChange, User, UserChange } from "./types";
import { plainHeaders, type Write, writeHeaders } from "./write";

export function createUser(body: NewUser, write: Write): Promise<User> {
  return unwrap(
    api.POST("/admin/v1/iam/users", { params: { header: plainHeaders(write) }, body }),
    write.flow,
  );
}

export function changeUser(sub: string, body: UserChange, write: Write): Promise<User> {
  return unwrap(
    api.PUT("/admin/v1/iam/users/{sub}", {
      params: { path: { sub }, header: writeHeaders(write) },
      body,
    }),
    write.flow,
  );
}

export function removeUser(sub: string, write: Write): Promise<unknown> {
  return unwrap(
    api.DELETE("/admin/v1/iam/users/{sub}", {
      params: { path: { sub }, header: writeHeaders(write) },
    }),
    write.flow,
  );
}

export function setPassword(sub: string, password: string, write: Write): Promise<unknown> {
  return unwrap(
    api.PUT("/admin/v1/iam/users/{sub}/password", {
      params: { path: { sub }, header: writeHeaders(write) },
      body: { password },
    }),
    write.flow,
  );
}

/** Ends every session of one user. */
export function revokeAll(sub: string, write: Write): Promise<{ revoked: number }> {
  return unwrap(
    api.DELETE("/admin/v1/iam/users/{sub}/sessions", {
      params: { path: { sub }, header: plainHeaders(write) },
    }),
    write.flow,
  );
}

export function revokeSession(session_id: string, write: Write): Promise<unknown> {
  return unwrap(
    api.DELETE("/admin/v1/iam/sessions/{session_id}", {
      params: { path: { session_id }, header: plainHeaders(write) },
    }),
    write.flow,
  );
}

export function createRole(body: NewRole, write: Write): Promise<Role> {
  return unwrap(
    api.POST("/admin/v1/iam/roles", { params: { header: plainHeaders(write) }, body }),
    write.flow,
  );
}

export function changeRole(role: string, body: RoleChange, write: Write): Promise<Role> {
  return unwrap(
    api.PUT("/admin/v1/iam/roles/{role}", {
      params: { path: { role }, header: writeHeaders(write) },
      body,
    }),
    write.flow,
  );
}

export function removeRole(role: string, write: Write): Promise<unknown> {
  return unwrap(
    api.DELETE("/admin/v1/iam/roles/{role}", {
      params: { path: { role }, header: writeHeaders(write) },
    }),
    write.flow,
  );
}
