//! Whether a program is static: its ELF headers say which loader it asks for.
//! It must not read anything else. Next: `program.rs`.

use anyhow::{Context, Result, bail};

/// Type of the program header that names the loader.
const INTERP: u32 = 3;

/// The loader that a 64-bit little-endian ELF program asks for; none when it is static.
pub(crate) fn loader(program: &[u8]) -> Result<Option<String>> {
    if program.get(..6) != Some(b"\x7fELF\x02\x01") {
        bail!("not a program of this machine");
    }
    let (table, size, count) =
        (at::<8>(program, 32)?, at::<2>(program, 54)?, at::<2>(program, 56)?);
    for index in 0..count {
        let header = table + index * size;
        if at::<4>(program, header)? == u64::from(INTERP) {
            let (start, length) = (at::<8>(program, header + 8)?, at::<8>(program, header + 32)?);
            let range = usize::try_from(start)?..usize::try_from(start + length)?;
            let name = program.get(range).context("a program header points nowhere")?;
            return Ok(Some(String::from_utf8_lossy(name).trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
}

/// The number of `N` bytes at an offset.
fn at<const N: usize>(program: &[u8], offset: u64) -> Result<u64> {
    let start = usize::try_from(offset)?;
    let bytes = program.get(start..start + N).context("the program is cut off")?;
    let mut number = [0; 8];
    number[..N].copy_from_slice(bytes);
    Ok(u64::from_le_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dynamic_program_names_its_loader_and_what_is_no_program_is_refused() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let loader = loader(&own).unwrap().expect("tests are linked dynamically");
        assert!(loader.contains("ld-linux"), "{loader}");
        assert!(super::loader(b"#!/bin/sh\n").is_err());
        assert!(super::loader(&own[..60]).is_err());
    }
}
