//! One tenant's configuration: versioned documents. The tenant is in `x-tenant-id`.

use fleet::contract::administration::{
    Document, DocumentChange, DocumentQuery, DocumentSummary, DocumentVersion, Listing,
};

use super::passes;
use crate::{
    auth::guard::ForTenant,
    rights::{ConfigRead, ConfigWrite},
};

passes! {
    /// Documents of a tenant's configuration.
    read list "/admin/v1/config/tenant/documents" ForTenant<ConfigRead>,
    [DocumentQuery] -> (status = 200, body = Listing<DocumentSummary>)
}
passes! {
    /// One document of it, whole.
    read one "/admin/v1/config/tenant/documents/{name}" ForTenant<ConfigRead>,
    [] -> (status = 200, body = Document)
}
passes! {
    /// Writes a version of a document, or makes it.
    put write "/admin/v1/config/tenant/documents/{name}" ForTenant<ConfigWrite>,
    [], DocumentChange
    -> (status = 200, body = Document), (status = 201, body = Document)
}
passes! {
    /// Removes a document; its versions stay.
    delete delete "/admin/v1/config/tenant/documents/{name}" ForTenant<ConfigWrite>,
    [] -> (status = 204, description = "Removed.")
}
passes! {
    /// Versions of a document, newest first.
    read versions "/admin/v1/config/tenant/documents/{name}/versions" ForTenant<ConfigRead>,
    [DocumentQuery] -> (status = 200, body = Listing<DocumentVersion>)
}
passes! {
    /// One version of a document, whole.
    read version "/admin/v1/config/tenant/documents/{name}/versions/{version}" ForTenant<ConfigRead>,
    [] -> (status = 200, body = Document)
}
