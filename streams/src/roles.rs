//! Roles: what each program may say and hear on NATS, generated from the catalogue.
//!
//! Deny by default. Making a consumer counts as a right to write, since a push consumer may name
//! any subject to deliver to; so each role may make them only on the streams it reads. No service
//! may delete, purge or reconfigure a log; the provisioner may, and runs only while deploying. Each
//! role hears its own inbox and nothing else. Rendered by `control-log roles`.

use std::{collections::BTreeMap, fmt, fmt::Write, str::FromStr};

use crate::{
    catalog::{self, BUCKETS, GATEWAY_NODES},
    ids::ServiceKind,
    jetstream::inbox_prefix,
    shapes::bucket_stream,
};

/// A program, or a person's tool, as a NATS user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// `command-api`: appends commands and audit records, watches read models and placement.
    CommandApi,
    /// `job-saga`: the only writer of the event log and of placement.
    JobSaga,
    /// `projector`: writes read models.
    Projector,
    /// Forensics and export: reads the three logs.
    Reader,
    /// The log tool while deploying.
    Provisioner,
}

/// What a role may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Subjects it may publish on.
    pub publish: Vec<String>,
    /// Subjects it may not publish on although a wildcard above admits them.
    pub deny_publish: Vec<String>,
    /// Subjects it may subscribe to.
    pub subscribe: Vec<String>,
    /// May answer requests it received.
    pub respond: bool,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] =
        [Self::CommandApi, Self::JobSaga, Self::Projector, Self::Reader, Self::Provisioner];

    /// Its name: user, inbox prefix and program.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CommandApi => "command-api",
            Self::JobSaga => "job-saga",
            Self::Projector => "projector",
            Self::Reader => "reader",
            Self::Provisioner => "provisioner",
        }
    }

    /// What it may do.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        let placement = || ServiceKind::DRAIN_ORDER.map(catalog::placement_bucket);
        let mut may = Rights::default();
        match self {
            Self::CommandApi => {
                may.publish(&["control.cmd.>", "control.audit.>"]);
                may.look_at(catalog::COMMANDS);
                may.look_at(catalog::EVENTS);
                may.look_at(catalog::AUDIT);
                // Audit pages read the two logs by sequence.
                may.tail(catalog::EVENTS);
                may.tail(catalog::AUDIT);
                for bucket in placement().into_iter().chain([GATEWAY_NODES, catalog::META]) {
                    may.tail(&bucket_stream(bucket));
                }
                may.tail_read_models();
                // Which processes are alive.
                may.publish(&["$SRV.PING"]);
            }
            Self::JobSaga => {
                may.publish(&["control.evt.>"]);
                for log in [catalog::COMMANDS, catalog::EVENTS, catalog::AUDIT] {
                    may.tail(log);
                }
                for bucket in placement() {
                    may.publish(&[&format!("$KV.{bucket}.>")]);
                    may.tail(&bucket_stream(bucket));
                }
                may.tail(&bucket_stream(GATEWAY_NODES));
                may.publish(&[
                    &format!("$KV.{}.leader.>", catalog::META),
                    &format!("$KV.{}.{}", catalog::META, catalog::INCARNATION_KEY),
                ]);
                may.tail(&bucket_stream(catalog::META));
            }
            Self::Projector => {
                may.tail(catalog::EVENTS);
                may.tail(catalog::AUDIT);
                may.publish(&[&format!("$KV.{}.view.>", catalog::META)]);
                may.tail(&bucket_stream(catalog::META));
                may.write_read_models();
                may.tail_read_models();
            }
            Self::Reader => {
                for log in [catalog::COMMANDS, catalog::EVENTS, catalog::AUDIT] {
                    may.tail(log);
                }
                may.tail(&bucket_stream(catalog::META));
                may.tail_read_models();
                for spec in &BUCKETS {
                    may.look_at(&bucket_stream(spec.name));
                }
            }
            Self::Provisioner => may.publish(&["$JS.API.>"]),
        }
        may.publish.sort();
        may.publish.dedup();
        let mut subscribe = vec![format!("{}.>", inbox_prefix(self.as_str()))];
        let is_service = matches!(self, Self::CommandApi | Self::JobSaga | Self::Projector);
        if is_service {
            // `nats micro ls` asks, the service answers.
            subscribe.push("$SRV.>".to_owned());
        }
        Permissions { publish: may.publish, deny_publish: may.deny, subscribe, respond: is_service }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            format!("no role {text:?}; there are {all}")
        })
    }
}

#[derive(Default)]
struct Rights {
    publish: Vec<String>,
    deny: Vec<String>,
}

impl Rights {
    fn publish(&mut self, subjects: &[&str]) {
        self.publish.extend(subjects.iter().map(|&s| s.to_owned()));
    }

    /// State of a stream and single messages of it.
    fn look_at(&mut self, stream: &str) {
        self.publish(&[
            &format!("$JS.API.STREAM.INFO.{stream}"),
            &format!("$JS.API.STREAM.MSG.GET.{stream}"),
            &format!("$JS.API.DIRECT.GET.{stream}"),
            &format!("$JS.API.DIRECT.GET.{stream}.>"),
        ]);
    }

    /// Live reads: an ephemeral consumer of one's own.
    fn tail(&mut self, stream: &str) {
        self.look_at(stream);
        self.publish(&[
            &format!("$JS.API.CONSUMER.CREATE.{stream}.>"),
            &format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.*"),
            &format!("$JS.API.CONSUMER.DELETE.{stream}.*"),
        ]);
    }

    /// Read models come and go by generation and a wildcard is a whole token, so their rights name
    /// any stream; the logs and the fixed buckets are taken out again.
    fn tail_read_models(&mut self) {
        self.tail("*");
        let kept: Vec<String> = self.publish.clone();
        for stream in fixed_streams() {
            for subject in [
                format!("$JS.API.CONSUMER.CREATE.{stream}.>"),
                format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.*"),
                format!("$JS.API.CONSUMER.DELETE.{stream}.*"),
            ] {
                if !kept.contains(&subject) {
                    self.deny.push(subject);
                }
            }
        }
    }

    fn write_read_models(&mut self) {
        self.publish(&["$KV.*.>", "$JS.API.STREAM.CREATE.*", "$JS.API.STREAM.DELETE.*"]);
        for stream in fixed_streams() {
            for verb in ["CREATE", "DELETE"] {
                self.deny.push(format!("$JS.API.STREAM.{verb}.{stream}"));
            }
        }
        for spec in BUCKETS.iter().filter(|spec| spec.name != catalog::META) {
            self.deny.push(format!("$KV.{}.>", spec.name));
        }
        // Of `control_meta` only its own keys.
        self.deny.push(format!("$KV.{}.leader.>", catalog::META));
        self.deny.push(format!("$KV.{}.{}", catalog::META, catalog::INCARNATION_KEY));
    }
}

fn fixed_streams() -> Vec<String> {
    let logs = catalog::STREAMS.iter().map(|spec| spec.name.to_owned());
    logs.chain(BUCKETS.iter().map(|spec| bucket_stream(spec.name))).collect()
}

/// The account of the control plane as a NATS configuration, one user a role. With `keys` the users
/// are nkeys; a role without one is left out. Without any, users are named and have no password: a
/// template that a server refuses to serve to anybody.
///
/// # Errors
/// A sentence when a key is not a public user nkey.
///
/// # Panics
/// Never: writing to a text does not fail.
pub fn config(keys: &BTreeMap<Role, String>) -> Result<String, String> {
    let mut text = String::from(
        "# Generated by `control-log roles` from the catalogue.\n\
         accounts {\n  CONTROL {\n    jetstream: enabled\n    users: [\n",
    );
    for role in Role::ALL {
        let user = match keys.get(&role) {
            Some(key) if is_user_key(key) => format!("nkey: {key}"),
            Some(key) => return Err(format!("{key:?} is not the public nkey of a user")),
            None if keys.is_empty() => format!("user: {role}"),
            None => continue,
        };
        let may = role.permissions();
        let list = |subjects: &[String]| {
            subjects.iter().map(|s| format!("              {s:?}\n")).collect::<String>()
        };
        let deny = if may.deny_publish.is_empty() {
            String::new()
        } else {
            format!("            deny: [\n{}            ]\n", list(&may.deny_publish))
        };
        let respond = if may.respond { "          allow_responses: true\n" } else { "" };
        write!(
            text,
            "      {{\n        # {role}\n        {user}\n        permissions {{\n          publish \
             {{\n            allow: [\n{}            ]\n{deny}          }}\n          subscribe {{\n            \
             allow: [\n{}            ]\n          }}\n{respond}        }}\n      }}\n",
            list(&may.publish),
            list(&may.subscribe),
        )
        .expect("a text takes everything");
    }
    text.push_str("    ]\n  }\n}\n");
    Ok(text)
}

fn is_user_key(key: &str) -> bool {
    key.len() == 56
        && key.starts_with('U')
        && key.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::matches_subject;

    fn may_publish(role: Role, subject: &str) -> bool {
        let may = role.permissions();
        let hit = |list: &[String]| list.iter().any(|p| matches_subject(p, subject));
        hit(&may.publish) && !hit(&may.deny_publish)
    }

    #[test]
    fn only_the_saga_writes_events_and_placement() {
        for role in Role::ALL {
            let saga = role == Role::JobSaga;
            assert_eq!(may_publish(role, "control.evt.acme.job.x"), saga, "{role}");
            assert_eq!(may_publish(role, "$KV.runner_placement.tenant.acme"), saga, "{role}");
            assert_eq!(may_publish(role, "$KV.control_meta.leader.lease"), saga, "{role}");
            let api = role == Role::CommandApi;
            assert_eq!(may_publish(role, "control.cmd.acme.x.create"), api, "{role}");
            assert_eq!(may_publish(role, "control.audit._.session"), api, "{role}");
        }
    }

    #[test]
    fn no_service_deletes_purges_or_reconfigures_a_log() {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Provisioner) {
            for stream in fixed_streams() {
                for verb in ["DELETE", "PURGE", "UPDATE", "CREATE", "MSG.DELETE", "RESTORE"] {
                    let subject = format!("$JS.API.STREAM.{verb}.{stream}");
                    assert!(!may_publish(role, &subject), "{role} {subject}");
                }
            }
        }
    }

    #[test]
    fn consumers_are_made_only_on_what_a_role_reads() {
        let tails =
            |role, stream: &str| may_publish(role, &format!("$JS.API.CONSUMER.CREATE.{stream}.x"));
        assert!(tails(Role::JobSaga, "CONTROL_COMMANDS"));
        assert!(!tails(Role::Projector, "CONTROL_COMMANDS"));
        assert!(!tails(Role::CommandApi, "CONTROL_COMMANDS"));
        assert!(!tails(Role::Projector, "KV_runner_placement"));
        assert!(tails(Role::CommandApi, "KV_runner_placement"));
        for role in [Role::CommandApi, Role::Projector, Role::Reader] {
            assert!(tails(role, "KV_control_jobs_g3"), "{role}");
        }
        assert!(!tails(Role::JobSaga, "KV_control_jobs_g3"));
    }

    #[test]
    fn the_projector_writes_read_models_and_its_own_keys_only() {
        let may = |subject: &str| may_publish(Role::Projector, subject);
        assert!(may("$KV.control_jobs_g1.job_1") && may("$KV.control_meta.view.jobs.pointer"));
        assert!(may("$JS.API.STREAM.CREATE.KV_control_jobs_g2"));
        assert!(!may("$KV.control_meta.incarnation") && !may("$KV.gateway_nodes.node.gw-1"));
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let keys = BTreeMap::from([(Role::Reader, "SUAsecret".to_owned())]);
        assert!(config(&keys).is_err());
    }
}
