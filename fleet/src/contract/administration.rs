//! The Gateway's administration: users, sessions, roles, permissions, configuration, definitions.
//!
//! The Gateway decides everything here; the control plane passes requests and answers on as they
//! are. These types are what both sides are built from, and what the operators' API documents. Every
//! row has a `version`, which is its `ETag` in quotes; a change or removal names it in `If-Match`
//! (without: 428 `version_required`; another: 412 `stale_version`, naming the current one), and a
//! creation by PUT says `If-None-Match: *`. A write carries `x-reason`
//! ([`super::headers::encode_reason`]). Rows that are bound to a tenant are seen and changed by the
//! holders of a right for that tenant; all others need the right for the whole platform.

mod document;
mod people;

pub use document::{
    DefinitionKind, Document, DocumentChange, DocumentQuery, DocumentSummary, DocumentVersion,
};
pub use people::{
    NewPassword, NewRole, NewUser, Permission, Role, RoleChange, Session, SessionQuery,
    SessionState, User, UserChange, UserQuery, UserState,
};

use serde::{Deserialize, Serialize};

/// One page of a list. Ordered by `sort`; the default is the row's name, of sessions the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Listing<T> {
    /// The rows, at most `limit` (1 to 200, 50 when not said).
    pub items: Vec<T>,
    /// Where the next page begins; none on the last one.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
    /// How many rows fit the filter.
    pub total: u64,
}

/// A revocation of more than one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Revoked {
    /// Sessions that were active until now.
    pub revoked: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_gateway_receives_refuses_unknown_fields_and_what_it_sends_may_grow() {
        let change = json!({ "display_name": "Ada", "state": "active", "roles": [], "rights": [] });
        assert!(serde_json::from_value::<UserChange>(change.clone()).is_ok());
        let mut more = change;
        more["sub"] = json!("usr_other");
        assert!(serde_json::from_value::<UserChange>(more).is_err());
        let page = json!({ "items": [], "next_cursor": null, "total": 0, "new": true });
        assert!(serde_json::from_value::<Listing<User>>(page).is_ok());
    }

    #[test]
    fn a_password_is_in_no_debug_output() {
        let new: NewPassword = serde_json::from_value(json!({ "password": "s3cret!" })).unwrap();
        assert!(!format!("{new:?}").contains("s3cret"));
    }
}
