//! Prometheus text of a node.

use fleet::facts::metrics::sum;

use super::text;

const NAME: &str = "gateway_inflight";

pub(crate) const WORDS: &[&str] = &[
    "gateway_inflight",
    "gateway_inflight ",
    "gateway_inflight{a=\"b\"} 1",
    "\n",
    "{",
    "}",
    "\"",
    "#",
    "# TYPE ",
    " 1",
    " NaN",
    " +Inf",
    " -1",
    " 1e308",
    " 1e-400",
    " 0x10",
    " 1_0",
    "\\\"",
    "\t",
    "\r",
    " 1700000000000",
    "\u{a0}",
];

pub(crate) fn run(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let found = sum(text, NAME);
    assert_eq!(sum(&format!("# a comment\n{text}\nanother_metric 4\n"), NAME), found);
    let more = sum(&format!("{text}\n{NAME}{{x=\"y\"}} 3\n"), NAME);
    match found {
        // Beyond 2^53 a sum of floating point numbers does not see a 3.
        Some(before) if before < 1 << 52 => {
            // Fractions are cut off once, after the sum.
            let more = more.expect("one more good sample does no harm");
            assert!((before + 3..=before + 4).contains(&more), "{before} and 3 are {more}");
        }
        Some(before) => assert!(more.expect("a number stays one") >= before),
        None => assert!(more.is_none() || more == Some(3), "{more:?}"),
    }
}
