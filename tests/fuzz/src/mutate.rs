//! A mutator without an engine: reproducible by its seed, no guidance by coverage.

use test_support::story::Random;

/// Bytes at which parsers change their minds.
const EDGES: &[u8] = b"\0\t\n\r \"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xbf\xc2\xe2\xff";
/// Longest input that is made, bytes.
const MAX_LEN: usize = 16 * 1024;

/// Makes inputs out of others.
#[derive(Debug)]
pub struct Mutator<'a> {
    random: Random,
    seeds: &'a [Vec<u8>],
    words: &'a [&'a str],
}

impl<'a> Mutator<'a> {
    /// From some inputs (at least one) and the words of a target.
    #[must_use]
    pub fn new(seed: u64, seeds: &'a [Vec<u8>], words: &'a [&'a str]) -> Self {
        Self { random: Random::new(seed), seeds, words }
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let mut bytes = self.seed();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes.truncate(MAX_LEN);
        bytes
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.random.below(limit as u64)).unwrap_or(0)
    }

    fn seed(&mut self) -> Vec<u8> {
        let index = self.below(self.seeds.len());
        self.seeds[index].clone()
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let to = at + self.below(bytes.len() - at + 1);
        match self.below(8) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.random.below(8);
                }
            }
            1 => {
                let edge = EDGES[self.below(EDGES.len())];
                bytes.insert(at, edge);
            }
            2 => {
                let edge = EDGES[self.below(EDGES.len())];
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = edge;
                }
            }
            3 => drop(bytes.drain(at..to)),
            4 => {
                let copy = bytes[at..to].to_vec();
                bytes.splice(at..at, copy);
            }
            5 => {
                let other = self.seed();
                let from = self.below(other.len() + 1);
                bytes.splice(at..to, other[from..].iter().copied());
            }
            _ if self.words.is_empty() => bytes.truncate(at),
            6 => {
                let word = self.words[self.below(self.words.len())];
                bytes.splice(at..at, word.bytes());
            }
            _ => {
                let word = self.words[self.below(self.words.len())];
                bytes.splice(at..to, word.bytes());
            }
        }
    }
}
