//! A route without a declared right, scope and audit class does not compile, and neither does a
//! handler that begins with another guard than is declared: the proof, as documentation tests.
//!
//! Each case that must not compile differs from one that does in a single place. Next: the rows
//! themselves, in [`super`].
//!
//! As it should be: the row says guard (right and scope) and audit class, the handler begins with it.
//! ```
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform<JobsRead>, Denials, example;
//! }
//! ```
//!
//! A guard for one tenant is declared as one.
//! ```
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: ForTenant<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" ForTenant<JobsRead>, Denials, example;
//! }
//! ```
//!
//! No guard, thus neither right nor scope:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Denials, example;
//! }
//! ```
//!
//! No audit class:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform<JobsRead>, example;
//! }
//! ```
//!
//! An audit class that is none:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform<JobsRead>, Never, example;
//! }
//! ```
//!
//! A scope without a right:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform, Denials, example;
//! }
//! ```
//!
//! A right that is none:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform<String>, Denials, example;
//! }
//! ```
//!
//! What is no guard:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" String, Denials, example;
//! }
//! ```
//!
//! Another right than the handler demands:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform<JobsCreate>, Denials, example;
//! }
//! ```
//!
//! Another scope than the handler demands:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" ForTenant<JobsRead>, Denials, example;
//! }
//! ```
//!
//! Less than the handler demands:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" SignedIn, Denials, example;
//! }
//! ```
//!
//! A handler without a guard:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example() {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform<JobsRead>, Denials, example;
//! }
//! ```
//!
//! A handler that lets anybody in, declared as guarded:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: Public) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform<JobsRead>, Denials, example;
//! }
//! ```
//!
//! A handler whose guard does not come first, so that something else may answer before it:
//! ```compile_fail
//! # use command_api::{
//! #     auth::guard::{ForTenant, Guard, Platform, Public, SignedIn},
//! #     rights::{JobsCreate, JobsRead},
//! #     router::Api,
//! #     state::AppState,
//! #     table,
//! # };
//! # /// An example.
//! #[utoipa::path(get, path = "/admin/v1/example", responses((status = 200)))]
//! async fn example(_: axum::extract::State<AppState>, _: Platform<JobsRead>) {}
//! # let mut api = Api::default();
//! table! { api "/admin/v1":
//!     GET "/example" Platform<JobsRead>, Denials, example;
//! }
//! ```
