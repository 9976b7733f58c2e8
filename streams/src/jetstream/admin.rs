//! Provisioning: creates what is missing, verifies it by the server's echo, refuses with a diff.
//!
//! Never deletes a log and never recreates one. A difference that an update could heal without
//! touching what is stored is healed only when asked to; any other refuses before anything changes.

use serde_json::{Value, json};

use super::{Jetstream, link::Link};
use crate::{
    error::{Classified, ErrorClass},
    ports::ReadError,
    shapes::{Difference, StreamShape, bucket_stream, differences},
};

/// Why provisioning stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionError {
    /// The server is not reachable or did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The server answered with an error.
    #[error("{stream}: the server refuses: {cause}")]
    Refused {
        /// Which stream.
        stream: String,
        /// What it said.
        cause: String,
    },
    /// Something stands there that is not what the catalogue says. Nothing was changed.
    #[error("not as the catalogue says, nothing was changed:\n{}", lines(.0))]
    Differs(Vec<Difference>),
}

fn lines(differences: &[Difference]) -> String {
    differences.iter().map(|d| format!("  {d}")).collect::<Vec<_>>().join("\n")
}

impl Classified for ProvisionError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Read(error) => error.class(),
            Self::Refused { .. } => ErrorClass::Refused,
            Self::Differs(_) => ErrorClass::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Read(error) => error.code(),
            Self::Refused { .. } => "provision_refused",
            Self::Differs(_) => "catalogue_differs",
        }
    }
}

/// What stands on the server for one shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing yet.
    Absent,
    /// As the catalogue says.
    Equal,
    /// Something else.
    Differs(Vec<Difference>),
}

/// What provisioning did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It was as the catalogue says.
    Unchanged,
    /// Made now.
    Created,
    /// Brought up to the catalogue in place.
    Updated,
}

impl Jetstream {
    /// Compares the server with these shapes; changes nothing.
    ///
    /// # Errors
    /// [`ProvisionError::Read`].
    pub async fn compare(
        &self,
        shapes: &[StreamShape],
    ) -> Result<Vec<(String, Found)>, ProvisionError> {
        let mut found = Vec::with_capacity(shapes.len());
        for shape in shapes {
            found.push((shape.name.clone(), compare(&self.link, shape).await?));
        }
        Ok(found)
    }

    /// Makes the server agree with these shapes. Looks at all of them before it changes any.
    ///
    /// # Errors
    /// [`ProvisionError::Differs`] names every difference that no update in place can heal; with
    /// `update` false, every difference.
    pub async fn provision(
        &self,
        shapes: &[StreamShape],
        update: bool,
    ) -> Result<Vec<(String, Done)>, ProvisionError> {
        let found = self.compare(shapes).await?;
        let refused: Vec<Difference> = found
            .iter()
            .filter_map(|(_, found)| match found {
                Found::Differs(differences) => Some(differences),
                Found::Absent | Found::Equal => None,
            })
            .flatten()
            .filter(|difference| !(update && difference.updatable))
            .cloned()
            .collect();
        if !refused.is_empty() {
            return Err(ProvisionError::Differs(refused));
        }
        let mut done = Vec::with_capacity(shapes.len());
        for (shape, (name, found)) in shapes.iter().zip(found) {
            let what = match found {
                Found::Equal => Done::Unchanged,
                Found::Absent => {
                    create(&self.link, shape).await?;
                    Done::Created
                }
                Found::Differs(differences) => {
                    heal(&self.link, shape, &differences).await?;
                    Done::Updated
                }
            };
            done.push((name, what));
        }
        Ok(done)
    }

    /// Deletes a stream or bucket that a test made: refuses every name that does not begin with
    /// `TEST_` (a log) or `KV_test_` (a bucket).
    ///
    /// # Errors
    /// [`ProvisionError`].
    pub async fn drop_test_stream(&self, stream: &str) -> Result<(), ProvisionError> {
        let refused = |cause: String| ProvisionError::Refused { stream: stream.to_owned(), cause };
        if !stream.starts_with("TEST_") && !stream.starts_with("KV_test_") {
            return Err(refused("not a stream of a test".to_owned()));
        }
        match request(&self.link, &format!("STREAM.DELETE.{stream}"), &json!({})).await? {
            Answer::Ok(_) | Answer::Missing => Ok(()),
            Answer::Refused(cause) => Err(refused(cause)),
        }
    }

    /// Makes one stream of one's own (the fleet simulator's, a test's) when it is absent.
    ///
    /// # Errors
    /// [`ProvisionError`]; a stream of another shape is refused.
    pub async fn ensure_stream(&self, shape: &StreamShape) -> Result<(), ProvisionError> {
        ensure(&self.link, shape).await
    }
}

pub(super) async fn ensure(link: &Link, shape: &StreamShape) -> Result<(), ProvisionError> {
    match compare(link, shape).await? {
        Found::Equal => Ok(()),
        Found::Absent => create(link, shape).await,
        Found::Differs(differences) => Err(ProvisionError::Differs(differences)),
    }
}

pub(super) async fn drop_read_model(link: &Link, bucket: &str) -> Result<(), ReadError> {
    let stream = bucket_stream(bucket);
    match request(link, &format!("STREAM.DELETE.{stream}"), &json!({})).await? {
        Answer::Ok(_) => Ok(()),
        Answer::Missing => Err(ReadError::Missing(stream)),
        Answer::Refused(why) => Err(ReadError::Unavailable(why)),
    }
}

async fn compare(link: &Link, shape: &StreamShape) -> Result<Found, ProvisionError> {
    match request(link, &format!("STREAM.INFO.{}", shape.name), &json!({})).await? {
        Answer::Missing => Ok(Found::Absent),
        Answer::Refused(cause) => {
            Err(ProvisionError::Refused { stream: shape.name.clone(), cause })
        }
        Answer::Ok(info) => {
            let found = differences(&shape.config(link.replicas), &info["config"]);
            Ok(if found.is_empty() { Found::Equal } else { Found::Differs(found) })
        }
    }
}

async fn create(link: &Link, shape: &StreamShape) -> Result<(), ProvisionError> {
    let config = shape.config(link.replicas);
    store(link, shape, "CREATE", &config).await
}

async fn heal(
    link: &Link,
    shape: &StreamShape,
    differences: &[Difference],
) -> Result<(), ProvisionError> {
    let info = match request(link, &format!("STREAM.INFO.{}", shape.name), &json!({})).await? {
        Answer::Ok(info) => info,
        Answer::Missing => return Err(ReadError::Missing(shape.name.clone()).into()),
        Answer::Refused(cause) => {
            return Err(ProvisionError::Refused { stream: shape.name.clone(), cause });
        }
    };
    // The server's own words, with only the differing fields changed.
    let mut config = info["config"].clone();
    for difference in differences {
        config[&difference.field] = difference.wanted.clone();
    }
    store(link, shape, "UPDATE", &config).await
}

/// Creates or updates, then compares the echo: an old server silently drops what it does not know.
async fn store(
    link: &Link,
    shape: &StreamShape,
    verb: &str,
    config: &Value,
) -> Result<(), ProvisionError> {
    match request(link, &format!("STREAM.{verb}.{}", shape.name), config).await? {
        Answer::Missing => Err(ReadError::Missing(shape.name.clone()).into()),
        Answer::Refused(cause) => {
            Err(ProvisionError::Refused { stream: shape.name.clone(), cause })
        }
        Answer::Ok(echo) => {
            let found = differences(&shape.config(link.replicas), &echo["config"]);
            if found.is_empty() { Ok(()) } else { Err(ProvisionError::Differs(found)) }
        }
    }
}

enum Answer {
    Ok(Value),
    Missing,
    Refused(String),
}

async fn request(link: &Link, subject: &str, body: &Value) -> Result<Answer, ReadError> {
    let answer: Value = link
        .admin
        .request(subject.to_owned(), body)
        .await
        .map_err(|e| ReadError::Unavailable(format!("{subject}: {e}")))?;
    let Some(error) = answer.get("error") else { return Ok(Answer::Ok(answer)) };
    if error["err_code"].as_u64() == Some(10059) {
        return Ok(Answer::Missing);
    }
    let text = error["description"].as_str().unwrap_or("no description");
    Ok(Answer::Refused(format!("{text} ({})", error["err_code"])))
}
