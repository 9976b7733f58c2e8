//! Users and sessions of the Gateway.

use fleet::contract::administration::{
    Listing, NewPassword, NewUser, Revoked, Session, SessionQuery, User, UserChange, UserQuery,
};

use super::passes;
use crate::{
    auth::guard::Platform,
    rights::{IamRead, IamWrite},
};

passes! {
    /// Users of the Gateway.
    read users "/admin/v1/iam/users" Platform<IamRead>,
    [UserQuery] -> (status = 200, body = Listing<User>)
}
passes! {
    /// Makes a user.
    post create_user "/admin/v1/iam/users" Platform<IamWrite>,
    [], NewUser -> (status = 201, body = User)
}
passes! {
    /// One user.
    read user "/admin/v1/iam/users/{sub}" Platform<IamRead>,
    [] -> (status = 200, body = User)
}
passes! {
    /// Changes a user: the whole of what can be changed.
    put update_user "/admin/v1/iam/users/{sub}" Platform<IamWrite>,
    [], UserChange
    -> (status = 200, body = User)
}
passes! {
    /// Removes a user.
    delete delete_user "/admin/v1/iam/users/{sub}" Platform<IamWrite>,
    [] -> (status = 204, description = "Removed.")
}
passes! {
    /// Sets a user's password and revokes their sessions.
    put set_password "/admin/v1/iam/users/{sub}/password" Platform<IamWrite>,
    [], NewPassword
    -> (status = 204, description = "Set.")
}
passes! {
    /// Revokes every session of a user.
    delete revoke_sessions "/admin/v1/iam/users/{sub}/sessions" Platform<IamWrite>,
    [] -> (status = 200, body = Revoked)
}
passes! {
    /// Sessions at the Gateway.
    read sessions "/admin/v1/iam/sessions" Platform<IamRead>,
    [SessionQuery] -> (status = 200, body = Listing<Session>)
}
passes! {
    /// One session.
    read session "/admin/v1/iam/sessions/{session_id}" Platform<IamRead>,
    [] -> (status = 200, body = Session)
}
passes! {
    /// Revokes a session.
    delete revoke_session "/admin/v1/iam/sessions/{session_id}" Platform<IamWrite>,
    [] -> (status = 204, description = "Revoked.")
}
