//! Keywords: their numbers, how a word is found among them, and which server reserves it.
//!
//! A reserved word cannot be an unquoted name. The list with the servers that reserve each word is generated
//! (`generated/keywords.py`); the versions between the four measured servers follow [`SINCE`].

use crate::context::Dialect;
pub use crate::generated::keywords::Kw;

/// Defines [`Kw`] with one variant per word and the table from word to variant.
macro_rules! keywords {
    ($($name:ident = $word:literal, $reserved:literal;)*) => {
        /// A keyword of some server; [`Kw::NotKeyword`] is any other word.
        #[allow(missing_docs)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Kw { NotKeyword, $($name,)* }

        /// Word and reserving servers of each variant, by number.
        pub(crate) const WORDS: &[(&str, u8)] = &[("", 0), $(($word, $reserved),)*];

        /// Variants by number.
        pub(crate) const VARIANTS: &[Kw] = &[Kw::NotKeyword, $(Kw::$name,)*];
    };
}
pub(crate) use keywords;

use crate::generated::keywords::{VARIANTS, WORDS};

/// Reserved by MySQL 5.6.
const IN_56: u8 = 1;
/// Reserved by MySQL 9.7.
const IN_97: u8 = 2;
/// Reserved by MariaDB 10.11.
const IN_M1011: u8 = 4;
/// Reserved by MariaDB 11.8.
const IN_M118: u8 = 8;

/// First MySQL version that reserves a word which 9.7 reserves and 5.6 does not (manual, "Keywords and
/// Reserved Words", the footnotes); words not listed are taken to be as old as 8.0.11.
const SINCE: &[(Kw, u32)] = &[
    (Kw::Generated, 50706),
    (Kw::OptimizerCosts, 50705),
    (Kw::Stored, 50706),
    (Kw::Virtual, 50706),
    (Kw::Lateral, 80014),
    (Kw::Intersect, 80031),
    (Kw::Parallel, 80100),
    (Kw::Qualify, 80200),
    (Kw::Tablesample, 80200),
    (Kw::Manual, 80400),
    (Kw::Library, 90200),
];

/// Slots of the hash table: a power of two well above the number of words.
const SLOTS: usize = 4096;
const MASK: u32 = 4095;

const fn upper(b: u8) -> u8 {
    if b.is_ascii_lowercase() { b - 32 } else { b }
}

/// FNV-1a over the upper-cased bytes.
const fn hash(word: &[u8]) -> u32 {
    let mut h: u32 = 0x811c_9dc5;
    let mut i = 0;
    while i < word.len() {
        #[allow(clippy::indexing_slicing)] // `i` is below the length; const code has no iterators
        let b = word[i];
        h = (h ^ upper(b) as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    h ^ (h >> 15)
}

/// Open-addressed table of variant numbers, built by the compiler.
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)] // evaluated at compile time only
const fn build() -> [u16; SLOTS] {
    let mut table = [0u16; SLOTS];
    let mut n = 1;
    while n < WORDS.len() {
        let mut slot = (hash(WORDS[n].0.as_bytes()) & MASK) as usize;
        while table[slot] != 0 {
            slot = (slot + 1) & (MASK as usize);
        }
        table[slot] = n as u16;
        n += 1;
    }
    table
}

static TABLE: [u16; SLOTS] = build();

/// Longest keyword; longer words are not looked up.
const LONGEST: usize = 44;

impl Kw {
    /// The keyword that `word` is, in any case.
    pub fn of(word: &[u8]) -> Kw {
        if word.len() > LONGEST {
            return Kw::NotKeyword;
        }
        let mut slot = hash(word) & MASK;
        loop {
            let n = usize::from(TABLE.get(slot as usize).copied().unwrap_or(0));
            if n == 0 {
                return Kw::NotKeyword;
            }
            if WORDS
                .get(n)
                .is_some_and(|w| w.0.as_bytes().eq_ignore_ascii_case(word))
            {
                return VARIANTS.get(n).copied().unwrap_or(Kw::NotKeyword);
            }
            slot = (slot + 1) & MASK;
        }
    }

    /// The word in upper case.
    pub fn word(self) -> &'static str {
        WORDS.get(self as usize).map_or("", |w| w.0)
    }

    /// Whether a server of this dialect reserves the word.
    pub fn reserved(self, dialect: Dialect) -> bool {
        let bits = WORDS.get(self as usize).map_or(0, |w| w.1);
        if bits == 0 {
            return false;
        }
        if dialect.mariadb {
            let newest = if dialect.version >= 110000 {
                IN_M118
            } else {
                IN_M1011
            };
            return bits & newest != 0;
        }
        if dialect.version < 50700 {
            return bits & IN_56 != 0;
        }
        if bits & IN_97 == 0 {
            return false;
        }
        if bits & IN_56 != 0 {
            return true;
        }
        let since = SINCE
            .iter()
            .find(|(kw, _)| *kw == self)
            .map_or(80011, |(_, version)| *version);
        dialect.version >= since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_finds_itself_in_any_case() {
        for (n, (word, _)) in WORDS.iter().enumerate().skip(1) {
            assert!(word.len() <= LONGEST, "{word}");
            assert_eq!(Kw::of(word.as_bytes()) as usize, n);
            assert_eq!(Kw::of(word.to_ascii_lowercase().as_bytes()) as usize, n);
            assert_eq!(VARIANTS[n].word(), *word);
        }
        assert_eq!(Kw::of(b"selec"), Kw::NotKeyword);
        assert_eq!(Kw::of(b""), Kw::NotKeyword);
    }

    #[test]
    fn reserved_words_follow_flavour_and_version() {
        let my = |kw: Kw, v| kw.reserved(Dialect::mysql(v));
        assert!(my(Kw::Select, 50651));
        assert!(!my(Kw::Rank, 50744) && my(Kw::Rank, 80036) && my(Kw::Rank, 90700));
        assert!(!my(Kw::Generated, 50651) && my(Kw::Generated, 50744));
        assert!(!my(Kw::Lateral, 80013) && my(Kw::Lateral, 80014));
        assert!(my(Kw::MasterBind, 50651) && !my(Kw::MasterBind, 90700));
        assert!(!Kw::Rank.reserved(Dialect::mariadb(101106)));
        assert!(Kw::Offset.reserved(Dialect::mariadb(101106)));
    }
}
