//! Wire versions of a commit: the present one is read as it is, an older one is brought up to date
//! first, a newer one is refused.
//!
//! Every commit that is read anywhere comes through here ([`crate::envelope::Commit::decode`]), so
//! folds, views and checks never meet an old shape. What is stored is never rewritten: hash and
//! chain are over the stored bytes. A change of a stored shape raises [`Wire::newest`] of [`OURS`],
//! adds an upcaster, and adds a story under `tests/wire/`.

use cqrs_es::{
    Aggregate,
    persist::{EventUpcaster, SerializedEvent},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{envelope::Commit, job::aggregate::JobAggregate};

/// The wire versions a program reads, and what brings old events up to date.
pub struct Wire {
    /// Oldest version that is read.
    pub oldest: u8,
    /// Version that is written.
    pub newest: u8,
    /// Applied in order to each event of an older commit; `event_version` is the commit's.
    pub upcasters: Vec<Box<dyn EventUpcaster>>,
}

/// What this program reads and writes. Version 1 is the only one there ever was.
pub static OURS: Wire = Wire { oldest: 1, newest: 1, upcasters: Vec::new() };

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { oldest, newest, upcasters } = self;
        write!(f, "Wire {oldest}..={newest}, {} upcasters", upcasters.len())
    }
}

#[derive(Deserialize)]
struct Version {
    v: u8,
}

impl Wire {
    /// Reads the body of a stored commit.
    ///
    /// # Errors
    /// What the decoder said, or that the version is none of ours.
    pub fn read(&self, payload: &[u8]) -> Result<Commit, String> {
        let direct = serde_json::from_slice::<Commit>(payload);
        // Only what is not plainly ours is looked at twice.
        let version = match &direct {
            Ok(commit) => Ok(commit.v),
            Err(_) => serde_json::from_slice::<Version>(payload).map(|found| found.v),
        };
        match (version, direct) {
            (Ok(v), _) if v > self.newest => {
                Err(format!("wire version {v} is newer than this program's {}", self.newest))
            }
            (Ok(v), _) if v < self.oldest => {
                Err(format!("wire version {v} is older than {}, the oldest there is", self.oldest))
            }
            (Ok(v), _) if v < self.newest => self.up_to_date(payload, v),
            (_, direct) => direct.map_err(|e| e.to_string()),
        }
    }

    fn up_to_date(&self, payload: &[u8], version: u8) -> Result<Commit, String> {
        let mut commit: Value = serde_json::from_slice(payload).map_err(|e| e.to_string())?;
        let id = commit["body"]["job_id"].as_str().unwrap_or_default().to_owned();
        if let Some(events) = commit["body"]["events"].as_array_mut() {
            for (sequence, event) in events.iter_mut().enumerate() {
                let event_type = event["type"].as_str().unwrap_or_default().to_owned();
                let old = SerializedEvent::new(
                    id.clone(),
                    sequence,
                    JobAggregate::TYPE.to_owned(),
                    event_type,
                    version.to_string(),
                    event.take(),
                    Value::Null,
                );
                *event = self.upcast(old).payload;
            }
        }
        commit["v"] = self.newest.into();
        serde_json::from_value(commit).map_err(|e| e.to_string())
    }

    fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        self.upcasters.iter().fold(event, |event, upcaster| {
            match upcaster.can_upcast(&event.event_type, &event.event_version) {
                true => upcaster.upcast(event),
                false => event,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::persist::SemanticVersionEventUpcaster;

    use super::*;

    const V1: &str = r#"{"v":1,"incarnation":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","body":{"about":"system","events":[{"type":"LeaderChanged","leader":"saga-1"}]}}"#;

    #[test]
    fn the_present_version_is_read_and_a_newer_or_unknown_one_refused_by_name() {
        assert_eq!(OURS.read(V1.as_bytes()).unwrap().v, 1);
        for (v, say) in [("9", "newer"), ("0", "older")] {
            let other = V1.replacen("\"v\":1", &format!("\"v\":{v}"), 1);
            let refused = OURS.read(other.as_bytes()).unwrap_err();
            assert!(refused.contains(say) && refused.contains(v), "{refused}");
        }
        let newer_shape = r#"{"v":2,"something":"else"}"#;
        assert!(OURS.read(newer_shape.as_bytes()).unwrap_err().contains("newer"));
        assert!(OURS.read(b"{\"v\":1}").unwrap_err().contains("missing field"));
    }

    #[test]
    fn an_event_of_an_older_version_is_brought_up_to_date_and_a_present_one_left_alone() {
        let renamed = |mut event: Value| {
            let who = event["who"].take();
            event.as_object_mut().unwrap().remove("who");
            event["leader"] = who;
            event
        };
        let upcaster =
            SemanticVersionEventUpcaster::new("LeaderChanged", "2.0.0", Box::new(renamed));
        let wire = Wire { oldest: 1, newest: 2, upcasters: vec![Box::new(upcaster)] };
        let old = V1.replacen("leader\"", "who\"", 1);
        let present = V1.replacen("\"v\":1", "\"v\":2", 1);
        let read = wire.read(old.as_bytes()).unwrap();
        assert_eq!(read, wire.read(present.as_bytes()).unwrap());
        assert!(OURS.read(old.as_bytes()).is_err(), "without the upcaster it is no event");
    }
}
