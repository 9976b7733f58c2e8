//! The platform's configuration: versioned documents.

use fleet::contract::administration::{
    Document, DocumentChange, DocumentQuery, DocumentSummary, DocumentVersion, Listing,
};

use super::passes;
use crate::{
    auth::guard::Platform,
    rights::{ConfigRead, ConfigWrite},
};

passes! {
    /// Documents of the platform's configuration.
    read list "/admin/v1/config/documents" Platform<ConfigRead>,
    [DocumentQuery] -> (status = 200, body = Listing<DocumentSummary>)
}
passes! {
    /// One document of it, whole.
    read one "/admin/v1/config/documents/{name}" Platform<ConfigRead>,
    [] -> (status = 200, body = Document)
}
passes! {
    /// Writes a version of a document, or makes it.
    put write "/admin/v1/config/documents/{name}" Platform<ConfigWrite>,
    [], DocumentChange
    -> (status = 200, body = Document), (status = 201, body = Document)
}
passes! {
    /// Removes a document; its versions stay.
    delete delete "/admin/v1/config/documents/{name}" Platform<ConfigWrite>,
    [] -> (status = 204, description = "Removed.")
}
passes! {
    /// Versions of a document, newest first.
    read versions "/admin/v1/config/documents/{name}/versions" Platform<ConfigRead>,
    [DocumentQuery] -> (status = 200, body = Listing<DocumentVersion>)
}
passes! {
    /// One version of a document, whole.
    read version "/admin/v1/config/documents/{name}/versions/{version}" Platform<ConfigRead>,
    [] -> (status = 200, body = Document)
}
