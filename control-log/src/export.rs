//! `export`: the three logs as NDJSON, to be read by people and checked offline.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    process::ExitCode,
};

use anyhow::Context;
use streams::{export::Line, ids::Seq, jetstream::Jetstream, verify::Log};

use crate::{cli::Export, reading};

pub(crate) async fn run(nats: &Jetstream, args: &Export) -> anyhow::Result<ExitCode> {
    let Some(path) = &args.file else {
        write(nats, &mut BufWriter::new(std::io::stdout().lock())).await?;
        return Ok(ExitCode::SUCCESS);
    };
    let partial = path.with_extension("partial");
    let file =
        File::create(&partial).with_context(|| format!("cannot write {}", partial.display()))?;
    let mut out = BufWriter::new(file);
    write(nats, &mut out).await?;
    out.into_inner()?.sync_all()?;
    std::fs::rename(&partial, path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Events first up to their end, then commands up to theirs: so every answer's command is there.
async fn write(nats: &Jetstream, out: &mut impl Write) -> anyhow::Result<()> {
    let mut heads = BTreeMap::new();
    for log in [Log::Events, Log::Audit, Log::Commands] {
        heads.insert(log, reading::port(nats, log).info().await?.last_seq);
    }
    let mut last = BTreeMap::new();
    for log in [Log::Commands, Log::Events, Log::Audit] {
        let port = reading::port(nats, log);
        reading::each(port.as_ref(), Seq(1), Some(heads[&log]), |message| {
            writeln!(out, "{}", Line::of(log.stream(), &message).encode())?;
            Ok(())
        })
        .await?;
        last.insert(log.stream().to_owned(), heads[&log]);
    }
    writeln!(out, "{}", Line::End { last }.encode())?;
    out.flush()?;
    Ok(())
}
