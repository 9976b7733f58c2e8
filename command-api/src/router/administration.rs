//! The routes that are passed on to the Gateway's administration, on one screen: as in
//! [`super`], below what they have in common. A write says its name in audit records.

use super::Api;
use crate::{
    auth::guard::{ForTenant, Platform},
    rights::{ConfigRead, ConfigWrite, DefinitionsRead, DefinitionsWrite, IamRead, IamWrite},
    routes::gateway::{definitions, people, platform, roles, tenant},
};

pub(super) fn add(api: &mut Api) {
    table! { api "/admin/v1/iam":
        GET    "/users"                 Platform<IamRead>,  Denials,                      people::users;
        POST   "/users"                 Platform<IamWrite>, Write("iam.users.create"),    people::create_user;
        GET    "/users/{sub}"           Platform<IamRead>,  Denials,                      people::user;
        PUT    "/users/{sub}"           Platform<IamWrite>, Write("iam.users.update"),    people::update_user;
        DELETE "/users/{sub}"           Platform<IamWrite>, Write("iam.users.delete"),    people::delete_user;
        PUT    "/users/{sub}/password"  Platform<IamWrite>, Write("iam.users.password"),  people::set_password;
        DELETE "/users/{sub}/sessions"  Platform<IamWrite>, Write("iam.users.sign_out"),  people::revoke_sessions;
        GET    "/sessions"              Platform<IamRead>,  Denials,                      people::sessions;
        GET    "/sessions/{session_id}" Platform<IamRead>,  Denials,                      people::session;
        DELETE "/sessions/{session_id}" Platform<IamWrite>, Write("iam.sessions.revoke"), people::revoke_session;
        GET    "/roles"                 Platform<IamRead>,  Denials,                      roles::list;
        POST   "/roles"                 Platform<IamWrite>, Write("iam.roles.create"),    roles::create;
        GET    "/roles/{role}"          Platform<IamRead>,  Denials,                      roles::one;
        PUT    "/roles/{role}"          Platform<IamWrite>, Write("iam.roles.update"),    roles::update;
        DELETE "/roles/{role}"          Platform<IamWrite>, Write("iam.roles.delete"),    roles::delete;
        GET    "/permissions"           Platform<IamRead>,  Denials,                      roles::permissions;
    }
    table! { api "/admin/v1/config/documents":
        GET    ""                           Platform<ConfigRead>,  Denials,                          platform::list;
        GET    "/{name}"                    Platform<ConfigRead>,  Denials,                          platform::one;
        PUT    "/{name}"                    Platform<ConfigWrite>, Write("config.documents.write"),  platform::write;
        DELETE "/{name}"                    Platform<ConfigWrite>, Write("config.documents.delete"), platform::delete;
        GET    "/{name}/versions"           Platform<ConfigRead>,  Denials,                          platform::versions;
        GET    "/{name}/versions/{version}" Platform<ConfigRead>,  Denials,                          platform::version;
    }
    table! { api "/admin/v1/config/tenant/documents":
        GET    ""                           ForTenant<ConfigRead>,  Denials,                          tenant::list;
        GET    "/{name}"                    ForTenant<ConfigRead>,  Denials,                          tenant::one;
        PUT    "/{name}"                    ForTenant<ConfigWrite>, Write("config.documents.write"),  tenant::write;
        DELETE "/{name}"                    ForTenant<ConfigWrite>, Write("config.documents.delete"), tenant::delete;
        GET    "/{name}/versions"           ForTenant<ConfigRead>,  Denials,                          tenant::versions;
        GET    "/{name}/versions/{version}" ForTenant<ConfigRead>,  Denials,                          tenant::version;
    }
    table! { api "/admin/v1/definitions":
        GET    "/{kind}"                           Platform<DefinitionsRead>,  Denials,                     definitions::list;
        GET    "/{kind}/{name}"                    Platform<DefinitionsRead>,  Denials,                     definitions::one;
        PUT    "/{kind}/{name}"                    Platform<DefinitionsWrite>, Write("definitions.write"),  definitions::write;
        DELETE "/{kind}/{name}"                    Platform<DefinitionsWrite>, Write("definitions.delete"), definitions::delete;
        GET    "/{kind}/{name}/versions"           Platform<DefinitionsRead>,  Denials,                     definitions::versions;
        GET    "/{kind}/{name}/versions/{version}" Platform<DefinitionsRead>,  Denials,                     definitions::version;
    }
}
