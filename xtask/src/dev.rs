//! x
#[derive(Debug, clap::Args)]
pub(crate) struct Options {}
pub(crate) fn dev(_: &Options) -> anyhow::Result<()> {
    Ok(())
}
