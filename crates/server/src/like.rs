//! LIKE over names and values of administrative results: case does not count, as in the collations of
//! information_schema.

/// `text` matches `pattern`; `%`, `_` and a backslash before either have their meaning.
pub fn matches(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    run(&text, &pattern)
}

/// One element of a pattern.
enum Piece {
    Any,
    One,
    Exactly(char),
}

fn pieces(pattern: &[char]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = pattern.iter().copied().peekable();
    while let Some(c) = rest.next() {
        pieces.push(match c {
            '%' => Piece::Any,
            '_' => Piece::One,
            '\\' => Piece::Exactly(rest.next().unwrap_or('\\')),
            c => Piece::Exactly(c),
        });
    }
    pieces
}

/// Greedy match with one point to go back to: time is bounded by the product of the lengths.
fn run(text: &[char], pattern: &[char]) -> bool {
    let pieces = pieces(pattern);
    let (mut at, mut piece) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let fits = match (pieces.get(piece), text.get(at)) {
            (None, None) => return true,
            (Some(Piece::Any), _) => {
                retry = Some((piece, at));
                piece += 1;
                continue;
            }
            (Some(Piece::One), Some(_)) => true,
            (Some(Piece::Exactly(wanted)), Some(found)) => wanted == found,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if fits {
            at += 1;
            piece += 1;
            continue;
        }
        match retry {
            Some((any, from)) if from < text.len() => {
                retry = Some((any, from + 1));
                at = from + 1;
                piece = any + 1;
            }
            Some(_) | None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_the_servers_do() {
        for (text, pattern, expected) in [
            ("version", "version%", true),
            ("version_comment", "Version%", true),
            ("port", "%or%", true),
            ("port", "p_rt", true),
            ("port", "p_r", false),
            ("a_b", "a\\_b", true),
            ("axb", "a\\_b", false),
            ("", "%", true),
            ("", "", true),
            ("abc", "%b%c%", true),
            ("abc", "%c%b%", false),
            ("100%", "100\\%", true),
        ] {
            assert_eq!(matches(text, pattern), expected, "{text} {pattern}");
        }
    }
}
