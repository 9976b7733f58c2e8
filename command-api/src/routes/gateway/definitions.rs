//! Definitions of aggregates, projections and runners: versioned documents.

use fleet::contract::administration::{
    Document, DocumentChange, DocumentQuery, DocumentSummary, DocumentVersion, Listing,
};

use super::passes;
use crate::{
    auth::guard::Platform,
    rights::{DefinitionsRead, DefinitionsWrite},
};

passes! {
    /// Definitions of a kind.
    read list "/admin/v1/definitions/{kind}" Platform<DefinitionsRead>,
    [DocumentQuery] -> (status = 200, body = Listing<DocumentSummary>)
}
passes! {
    /// One definition, whole.
    read one "/admin/v1/definitions/{kind}/{name}" Platform<DefinitionsRead>,
    [] -> (status = 200, body = Document)
}
passes! {
    /// Writes a version of a definition, or makes it.
    put write "/admin/v1/definitions/{kind}/{name}" Platform<DefinitionsWrite>,
    [], DocumentChange
    -> (status = 200, body = Document), (status = 201, body = Document)
}
passes! {
    /// Removes a definition; its versions stay.
    delete delete "/admin/v1/definitions/{kind}/{name}" Platform<DefinitionsWrite>,
    [] -> (status = 204, description = "Removed.")
}
passes! {
    /// Versions of a definition, newest first.
    read versions "/admin/v1/definitions/{kind}/{name}/versions" Platform<DefinitionsRead>,
    [DocumentQuery] -> (status = 200, body = Listing<DocumentVersion>)
}
passes! {
    /// One version of a definition, whole.
    read version "/admin/v1/definitions/{kind}/{name}/versions/{version}" Platform<DefinitionsRead>,
    [] -> (status = 200, body = Document)
}
