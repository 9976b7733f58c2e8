//! Who may sign in, who has, and what they may do.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use streams::ids::TenantId;

use crate::contract::gateway::expose;

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// May sign in.
    Active,
    /// May not; its sessions are revoked.
    Disabled,
}

/// One user. What they may do is `effective_rights`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = GatewayUser)]
pub struct User {
    /// Subject of the tokens; never changes.
    pub sub: String,
    /// Signs in under it; never changes.
    pub username: String,
    /// For people.
    pub display_name: String,
    /// Whether they may sign in.
    pub state: UserState,
    /// Names of roles, in order.
    pub roles: Vec<String>,
    /// Rights held besides those of the roles.
    pub rights: Vec<String>,
    /// Everything they may do: rights of the roles and their own, in order, each once. Of a user
    /// bound to a tenant, the rights of a role are those for that tenant.
    pub effective_rights: Vec<String>,
    /// The only tenant they have to do with; every right of theirs ends in it.
    #[schema(required = true)]
    pub tenant_id: Option<TenantId>,
    /// Counts changes, from 1; the `ETag`.
    pub version: u64,
    /// When made.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// By whom; none when the Gateway made it.
    #[schema(required = true)]
    pub updated_by: Option<String>,
    /// When they last signed in.
    #[schema(required = true)]
    pub last_sign_in_at: Option<DateTime<Utc>>,
}

/// `POST /iam/v1/users` → 201 [`User`]. Nobody can grant a right that they do not hold (403
/// `forbidden`). 409 `already_exists` when the name is taken.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// `^[a-z0-9][a-z0-9._-]{0,62}$`.
    #[schema(min_length = 1, max_length = 63, pattern = "^[a-z0-9][a-z0-9._-]{0,62}$")]
    pub username: String,
    /// 1 to 128 characters.
    #[schema(min_length = 1, max_length = 128)]
    pub display_name: String,
    /// 12 to 1024 bytes.
    #[serde(serialize_with = "expose")]
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 1024)]
    pub password: SecretString,
    /// Roles that exist.
    pub roles: Vec<String>,
    /// Rights besides those of the roles.
    pub rights: Vec<String>,
    /// Binds the user to one tenant.
    #[serde(default)]
    pub tenant_id: Option<TenantId>,
}

/// `PUT /iam/v1/users/{sub}` → 200 [`User`]: the whole of what can be changed. 409
/// `last_administrator` when nobody would be left who may do everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// 1 to 128 characters.
    #[schema(min_length = 1, max_length = 128)]
    pub display_name: String,
    /// Whether they may sign in.
    pub state: UserState,
    /// Roles that exist.
    pub roles: Vec<String>,
    /// Rights besides those of the roles.
    pub rights: Vec<String>,
}

/// `PUT /iam/v1/users/{sub}/password` → 204; the user's sessions are revoked. The version rises, and
/// is what `If-Match` names. 403 `forbidden` for a user who holds a right that one lacks.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// 12 to 1024 bytes.
    #[serde(serialize_with = "expose")]
    #[schema(value_type = String, format = Password, min_length = 12, max_length = 1024)]
    pub password: SecretString,
}

/// `GET /iam/v1/users`. `sort` is `username`, `display_name`, `created_at` or `last_sign_in_at`,
/// with `-` in front for descending.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Part of the user name, display name or subject.
    pub q: Option<String>,
    /// Only in this state.
    #[param(inline)]
    pub state: Option<UserState>,
    /// Only with this role.
    pub role: Option<String>,
    /// Only bound to this tenant.
    pub tenant_id: Option<String>,
    /// Order.
    pub sort: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Its token is good.
    Active,
    /// Ended before its time.
    Revoked,
    /// Its time is over.
    Expired,
}

/// One sign-in. The Gateway keeps it for a day after its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = GatewaySession)]
pub struct Session {
    /// Named in the token.
    pub session_id: String,
    /// Whose.
    pub sub: String,
    /// Whose, by name.
    pub username: String,
    /// Tenant the user is bound to.
    #[schema(required = true)]
    pub tenant_id: Option<TenantId>,
    /// Where it stands.
    pub state: SessionState,
    /// When signed in.
    pub created_at: DateTime<Utc>,
    /// When its token ends.
    pub expires_at: DateTime<Utc>,
    /// When revoked.
    #[schema(required = true)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// By whom; the user's own `sub` when they signed out.
    #[schema(required = true)]
    pub revoked_by: Option<String>,
    /// Why, as the one who revoked it said.
    #[schema(required = true)]
    pub revoked_because: Option<String>,
}

/// `GET /iam/v1/sessions`. `sort` is `created_at` or `expires_at`, with `-` for descending.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionQuery {
    /// Only of this user.
    pub sub: Option<String>,
    /// Only in this state.
    #[param(inline)]
    pub state: Option<SessionState>,
    /// Part of the session id, the subject or the user name.
    pub q: Option<String>,
    /// Order.
    pub sort: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Rights under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Role {
    /// Its name; never changes.
    pub role: String,
    /// What it is for.
    pub description: String,
    /// Its rights, in order.
    pub rights: Vec<String>,
    /// How many users have it.
    pub users: u64,
    /// Whether the Gateway brought it along; such a role cannot be removed.
    pub builtin: bool,
    /// Counts changes, from 1; the `ETag`.
    pub version: u64,
    /// When made.
    pub created_at: DateTime<Utc>,
    /// When last changed.
    pub updated_at: DateTime<Utc>,
    /// By whom; none when the Gateway made it.
    #[schema(required = true)]
    pub updated_by: Option<String>,
}

/// `POST /iam/v1/roles` → 201 [`Role`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// `^[a-z0-9][a-z0-9._-]{0,62}$`.
    #[schema(min_length = 1, max_length = 63, pattern = "^[a-z0-9][a-z0-9._-]{0,62}$")]
    pub role: String,
    /// 0 to 500 characters.
    #[schema(max_length = 500)]
    pub description: String,
    /// Rights that exist.
    pub rights: Vec<String>,
}

/// `PUT /iam/v1/roles/{role}` → 200 [`Role`]. `DELETE` is 409 `in_use` while users have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    /// 0 to 500 characters.
    #[schema(max_length = 500)]
    pub description: String,
    /// Rights that exist.
    pub rights: Vec<String>,
}

/// A right that can be granted; with `:<tenant>` behind it, for one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Permission {
    /// `control.<area>.<verb>`.
    pub right: String,
    /// Its area.
    pub area: String,
    /// Its verb.
    pub verb: String,
    /// What it lets one do.
    pub description: String,
}
