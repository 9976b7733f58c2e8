//! `verify`: the invariants of the logs, live or of an export.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::ExitCode,
};

use anyhow::Context;
use streams::{
    export::Line,
    ids::Seq,
    jetstream::{Jetstream, admin::Found},
    shapes::{self, Difference},
    verify::{Acked, Finding, Invariant, Log, Report, Rules, Verifier},
};

use crate::{
    cli::{EXIT_FINDINGS, Output, Verify},
    kept::Kept,
    reading, views,
};

fn rules(args: &Verify) -> Rules {
    Rules { with_commands: true, ended: args.ended, ..Rules::default() }
}

/// Checks the servers: the logs, the stream configurations, the read models.
pub(crate) async fn live(
    nats: &Jetstream,
    args: &Verify,
    output: Output,
) -> anyhow::Result<ExitCode> {
    let mut verifier = begun(args)?;
    let mut kept = Kept::read(nats.kv().as_ref()).await?;
    // The end of the events first: a command that comes later need not be answered yet.
    let end = reading::port(nats, Log::Events).info().await?.last_seq;
    let mut replay = views::Replay::default();
    for (log, to) in [(Log::Commands, None), (Log::Events, Some(end)), (Log::Audit, None)] {
        let port = reading::port(nats, log);
        reading::each(port.as_ref(), Seq(1), to, |message| {
            verifier.message(log, &message);
            kept.message(log, &message);
            replay.message(log, &message);
            Ok(())
        })
        .await?;
    }
    for (name, found) in nats.compare(&shapes::catalogue()).await? {
        let why = match found {
            Found::Equal => continue,
            Found::Absent => vec!["does not exist".to_owned()],
            Found::Differs(differences) => differences.iter().map(Difference::sentence).collect(),
        };
        for message in why {
            verifier.found(Finding {
                invariant: Invariant::I11,
                code: "catalogue_differs",
                stream: name.clone(),
                seq: None,
                job_id: None,
                message,
            });
        }
    }
    if let Some(finding) = kept.compare() {
        verifier.found(finding);
    }
    if !args.skip_views {
        for finding in replay.compare(nats.kv().as_ref()).await? {
            verifier.found(finding);
        }
    }
    Ok(show(&verifier.finish(), output))
}

/// Checks an export: the logs alone.
pub(crate) fn offline(file: &Path, args: &Verify, output: Output) -> anyhow::Result<ExitCode> {
    let mut verifier = begun(args)?;
    let mut last: BTreeMap<String, Seq> = BTreeMap::new();
    let mut end: Option<BTreeMap<String, Seq>> = None;
    for (n, line) in lines(file)?.enumerate() {
        let line = line?;
        let place = || format!("{} line {}", file.display(), n + 1);
        anyhow::ensure!(end.is_none(), "{}: comes after the last line", place());
        let message = match Line::decode(&line).with_context(place)? {
            Line::End { last } => {
                end = Some(last);
                continue;
            }
            message @ Line::Message { .. } => message.message().with_context(place)?,
        };
        let Some((stream, message)) = message else { continue };
        let log = Log::of_stream(&stream)
            .with_context(|| format!("{}: {stream} is none of the logs", place()))?;
        last.insert(stream, message.seq);
        verifier.message(log, &message);
    }
    for finding in cut_off(&last, end.as_ref()) {
        verifier.found(finding);
    }
    Ok(show(&verifier.finish(), output))
}

/// What the last line promises and the file does not hold.
fn cut_off(last: &BTreeMap<String, Seq>, end: Option<&BTreeMap<String, Seq>>) -> Vec<Finding> {
    let finding = |stream: &str, seq, message| Finding {
        invariant: Invariant::I10,
        code: "export_cut_off",
        stream: stream.to_owned(),
        seq,
        job_id: None,
        message,
    };
    let Some(end) = end else {
        let why = "the export has no last line: it was cut off".to_owned();
        return vec![finding("export", None, why)];
    };
    let held = |stream: &String| last.get(stream).copied().unwrap_or_default();
    end.iter()
        .filter(|(stream, seq)| held(stream) != **seq)
        .map(|(stream, seq)| {
            let why = format!("the export ends at {}, should end at {seq}", held(stream));
            finding(stream, Some(*seq), why)
        })
        .collect()
}

fn begun(args: &Verify) -> anyhow::Result<Verifier> {
    let mut verifier = Verifier::new(rules(args));
    if let Some(file) = &args.acked {
        for (n, line) in lines(file)?.enumerate() {
            let acked: Acked = serde_json::from_str(&line?)
                .with_context(|| format!("{} line {}", file.display(), n + 1))?;
            verifier.acked(&acked);
        }
    }
    Ok(verifier)
}

fn lines(file: &Path) -> anyhow::Result<impl Iterator<Item = std::io::Result<String>> + use<>> {
    let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(BufReader::new(opened).lines())
}

fn show(report: &Report, output: Output) -> ExitCode {
    match output {
        Output::Json => {
            let text = serde_json::to_string(report).unwrap_or_default();
            println!("{text}");
        }
        Output::Text => {
            for finding in &report.findings {
                println!("{finding}");
            }
            let c = &report.counts;
            println!(
                "{} commands, {} commits, {} audit records, {} jobs ({} open); root {}",
                c.commands, c.commits, c.audit, c.jobs, c.open, report.root
            );
            match report.findings.len() {
                0 => println!("every invariant holds"),
                n => println!("{n} findings"),
            }
        }
    }
    if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FINDINGS) }
}
