//! The two things in a certificate that the TLS library does not tell: its common name, and whether it has
//! alternative names.
//!
//! Source: RFC 5280, section 4.1. Reading stops without an answer at anything of another form.

/// commonName, 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// subjectAltName, 2.5.29.17
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const SEQUENCE: u8 = 0x30;
const OBJECT_ID: u8 = 0x06;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// Takes one DER element off `rest`: its tag and contents.
fn element<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&tag, after) = rest.split_first()?;
    let (&first, after) = after.split_first()?;
    let (length, after) = if first < 0x80 {
        (usize::from(first), after)
    } else {
        let (bytes, after) = after.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        let length = bytes
            .iter()
            .fold(0usize, |length, &b| length << 8 | usize::from(b));
        (length, after)
    };
    let (contents, after) = after.split_at_checked(length)?;
    *rest = after;
    Some((tag, contents))
}

/// The contents of the next element, which must have this tag.
fn expect<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    element(rest).filter(|(t, _)| *t == tag).map(|(_, c)| c)
}

/// The subject, and the extensions if there are any.
fn parts(mut der: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let mut certificate = expect(&mut der, SEQUENCE)?;
    let mut tbs = expect(&mut certificate, SEQUENCE)?;
    if tbs.first() == Some(&VERSION) {
        element(&mut tbs)?;
    }
    for _serial_algorithm_issuer_validity in 0..4 {
        element(&mut tbs)?;
    }
    let subject = expect(&mut tbs, SEQUENCE)?;
    let mut extensions = None;
    while let Some((tag, contents)) = element(&mut tbs) {
        if tag == EXTENSIONS {
            extensions = Some(contents);
        }
    }
    Some((subject, extensions))
}

/// The last common name of the subject.
pub fn common_name(der: &[u8]) -> Option<String> {
    let (mut subject, _) = parts(der)?;
    let mut found = None;
    while let Some((_, mut set)) = element(&mut subject) {
        while let Some(mut attribute) = expect(&mut set, SEQUENCE) {
            let id = expect(&mut attribute, OBJECT_ID)?;
            let (_, value) = element(&mut attribute)?;
            if id == COMMON_NAME {
                found = std::str::from_utf8(value).ok().map(str::to_owned);
            }
        }
    }
    found
}

/// The certificate has a subjectAltName, or cannot be read.
pub fn has_alternative_names(der: &[u8]) -> bool {
    let Some((_, extensions)) = parts(der) else {
        return true;
    };
    let Some(mut wrapped) = extensions else {
        return false;
    };
    let Some(mut list) = expect(&mut wrapped, SEQUENCE) else {
        return true;
    };
    while let Some(mut extension) = expect(&mut list, SEQUENCE) {
        if expect(&mut extension, OBJECT_ID) == Some(ALTERNATIVE_NAME) {
            return true;
        }
    }
    false
}

/// `host` is the name, or fits its one wildcard label in front.
pub fn host_matches(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((label, rest))) => {
            !label.is_empty() && domain.contains('.') && domain.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_names_and_wildcards() {
        for (name, host, expected) in [
            ("db.example.org", "DB.example.org", true),
            ("*.example.org", "db.example.org", true),
            ("*.example.org", "a.db.example.org", false),
            ("*.org", "example.org", false),
            ("example.org", "db.example.org", false),
            ("*.example.org", "example.org", false),
        ] {
            assert_eq!(host_matches(name, host), expected, "{name} {host}");
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_have_no_name() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x84, 255, 255, 255, 255],
            &[0x30, 2, 0x30, 0],
        ] {
            assert_eq!(common_name(bytes), None);
            assert!(has_alternative_names(bytes));
        }
    }
}
