//! Roles of the Gateway, and the rights that can be granted.

use fleet::contract::administration::{
    DocumentQuery, Listing, NewRole, Permission, Role, RoleChange,
};

use super::passes;
use crate::{
    auth::guard::Platform,
    rights::{IamRead, IamWrite},
};

passes! {
    /// Roles of the Gateway.
    read list "/admin/v1/iam/roles" Platform<IamRead>,
    [DocumentQuery] -> (status = 200, body = Listing<Role>)
}
passes! {
    /// Makes a role.
    post create "/admin/v1/iam/roles" Platform<IamWrite>,
    [], NewRole -> (status = 201, body = Role)
}
passes! {
    /// One role.
    read one "/admin/v1/iam/roles/{role}" Platform<IamRead>,
    [] -> (status = 200, body = Role)
}
passes! {
    /// Changes a role.
    put update "/admin/v1/iam/roles/{role}" Platform<IamWrite>,
    [], RoleChange
    -> (status = 200, body = Role)
}
passes! {
    /// Removes a role that nobody has.
    delete delete "/admin/v1/iam/roles/{role}" Platform<IamWrite>,
    [] -> (status = 204, description = "Removed.")
}
passes! {
    /// Every right that can be granted.
    read permissions "/admin/v1/iam/permissions" Platform<IamRead>,
    [] -> (status = 200, body = Listing<Permission>)
}
