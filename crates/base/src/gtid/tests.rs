use super::*;
use crate::uuid::Uuid;

const U: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const V: &str = "2e11fa47-71ca-11e1-9e33-c80aa9429562";

fn set(text: &str) -> GtidSet {
    text.replace('U', U)
        .replace('V', V)
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What GTID_SUBTRACT(text, '') of MySQL 9.7.4 answered, `U` and `V` standing for two uuids.
#[test]
fn prints_as_the_server_does() {
    for (text, expected) in [
        ("", ""),
        ("U", ""),
        ("U:tag", ""),
        ("U:5-3", ""),
        ("U:1", "U:1"),
        ("U:01", "U:1"),
        (" U:1- 5 ", "U:1-5"),
        ("U:1 :2", "U:1-2"),
        ("U:tag :2", "U:tag:2"),
        ("U:3-3:1-2:5-6", "U:1-3:5-6"),
        (",, U:5-3, U : 7 - 9 ,", "U:7-9"),
        ("U:tag:1-3:5", "U:tag:1-3:5"),
        ("U:1:_x9:1:1-4,U:9", "U:1:9:_x9:1-4"),
        ("U:1:tag:5:6-9:b:1", "U:1:b:1:tag:5-9"),
        ("U:1,U:tag:5,U:2", "U:1-2:tag:5"),
        ("U:1,V:1", "V:1,\nU:1"),
        ("U:TAG:1", "U:tag:1"),
        ("{U}:1", "U:1"),
        ("U:1-0", ""),
        ("3e11fa4771ca11e19e33c80aa9429562:1", "U:1"),
        ("U:9223372036854775806", "U:9223372036854775806"),
        (
            "U:abcdefghijklmnopqrstuvwxyz012345:1",
            "U:abcdefghijklmnopqrstuvwxyz012345:1",
        ),
    ] {
        let expected = expected.replace('U', U).replace('V', V);
        assert_eq!(set(text).to_string(), expected, "{text}");
        assert_eq!(set(&expected), set(text), "{text}");
    }
}

/// Error 1772 of MySQL 9.7.4 for each text.
#[test]
fn complains_as_the_server_does() {
    for (text, expected) in [
        (
            "{3e11fa4771ca11e19e33c80aa9429562}:1-3:2-8:TAG:1",
            "Expected \"-\" after 9 characters, marked by [HERE] in: \
             \"{3e11fa47[HERE]71ca11e19e33c80aa9429562}...\"",
        ),
        (
            "xU",
            "Expected hex digit at the beginning of the string: \"x3e11fa47-71ca-11e1-9e33-...\"",
        ),
        (
            "3e11fa47-71ca-11e1-9",
            "Expected at least two hex digits after 19 characters, marked by [HERE] in: \
             \"...-71ca-11e1-[HERE]9\"",
        ),
        (
            "U:1,x",
            "Expected at least two hex digits after 39 characters, marked by [HERE] in: \
             \"...a9429562:1,[HERE]x\"",
        ),
        (
            "U:1-9223372036854775807",
            "Interval end out of range after 58 characters, marked by [HERE] in: \
             \"...36854775807[HERE]\"",
        ),
        (
            "U:1-99999999999999999999",
            "Number out of range after 39 characters, marked by [HERE] in: \
             \"...a9429562:1-[HERE]99999999999999999999\"",
        ),
        (
            "U:0",
            "Interval start out of range after 37 characters, marked by [HERE] in: \
             \"...0aa9429562:[HERE]0\"",
        ),
        (
            "U:1-",
            "Expected number after 39 characters, marked by [HERE] in: \"...a9429562:1-[HERE]\"",
        ),
        (
            "U:",
            "Expected number after 37 characters, marked by [HERE] in: \"...0aa9429562:[HERE]\"",
        ),
        (
            "U:9223372036854775807",
            "Interval start out of range after 37 characters, marked by [HERE] in: \
             \"...0aa9429562:[HERE]9223372036854775807\"",
        ),
        (
            "U:abcdefghijklmnopqrstuvwxyz0123456:1",
            "Expected number after 37 characters, marked by [HERE] in: \
             \"...0aa9429562:[HERE]abcdefghijklmnopqrstuvwxy...\"",
        ),
        (
            "U:9tag:1",
            "Expected \",\" after 38 characters, marked by [HERE] in: \
             \"...aa9429562:9[HERE]tag:1\"",
        ),
        (
            "U:+1",
            "Expected number after 37 characters, marked by [HERE] in: \"...0aa9429562:[HERE]+1\"",
        ),
    ] {
        let error = text
            .replace('U', U)
            .parse::<GtidSet>()
            .expect_err("malformed");
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

#[test]
fn subtracts_and_compares_as_the_server_does() {
    for (a, b, difference, subset) in [
        (
            "U:1-5:tag:1-3:7:aa:9, V:4-4:6-7",
            "U:2:tag:2",
            "V:4:6-7,U:1:3-5:aa:9:tag:1:3:7",
            true,
        ),
        ("U:1-5:tag:1", "U:tag:1", "U:1-5", true),
        ("U:1-5", "U:1-5", "", true),
        ("U:1-5", "", "U:1-5", true),
        ("U:1-5", "U:3-9", "U:1-2", false),
        ("U:1-5:7-9", "U:4-8", "U:1-3:9", false),
        ("U:1-5", "V:1-5", "U:1-5", false),
    ] {
        let mut rest = set(a);
        rest.subtract(&set(b));
        assert_eq!(rest, set(difference), "{a} - {b}");
        assert_eq!(set(a).contains_all(&set(b)), subset, "{b} in {a}");
        let common = !set(b).is_empty() && rest != set(a);
        assert_eq!(set(a).intersects(&set(b)), common, "{a} and {b}");
        rest.union(&set(b));
        let mut both = set(a);
        both.union(&set(b));
        assert_eq!(rest, both, "{a} - {b} + {b}");
    }
}

#[test]
fn t13_gaps_stay_gaps() {
    let mut executed = set("U:1-3");
    let mut gtid: Gtid = format!("{U}:7").parse().expect("GTID");
    executed.add(&gtid);
    assert_eq!(executed, set("U:1-3:7"));
    gtid.gno = 5;
    assert!(!executed.contains(&gtid));
    for gno in [4, 6, 5] {
        gtid.gno = gno;
        executed.add(&gtid);
    }
    assert_eq!(executed.to_string(), format!("{U}:1-7"));
    assert_eq!(executed.count(), 7);
}

#[test]
fn random_interval_operations_agree_with_a_plain_set() {
    let mut intervals = IntervalSet::default();
    let mut plain = std::collections::BTreeSet::new();
    let mut state = 12_345_u64;
    for step in 0..3_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let start = 1 + (state >> 33) % 60;
        let end = start + (state >> 50) % 8;
        if step % 3 == 0 {
            intervals.remove(start, end);
            (start..end).for_each(|n| {
                plain.remove(&n);
            });
        } else {
            intervals.add(start, end);
            plain.extend(start..end);
        }
        let listed: Vec<u64> = intervals.iter().flat_map(|(s, e)| s..e).collect();
        assert_eq!(listed, plain.iter().copied().collect::<Vec<_>>());
        let pairs: Vec<_> = intervals.iter().collect();
        assert!(pairs.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert_eq!(intervals.contains(start), plain.contains(&start));
        let free = (1..).find(|n| !plain.contains(n));
        assert_eq!(intervals.first_free(), free);
    }
}

/// Bodies of Previous_gtids events written by MySQL 9.7.4.
#[test]
fn encodes_as_the_server_does() {
    let untagged = "0100000000000000 9988d013e58311f1af0d02fc00000001 0100000000000000 \
                    0100000000000000 0300000000000000";
    let tagged = "0106000000000001 \
        2e11fa4771ca11e19e33c80aa9429562 047a7a 0100000000000000 0700000000000000 0800000000000000 \
        3e11fa4771ca11e19e33c80aa9429562 00 0200000000000000 0100000000000000 0200000000000000 \
        0300000000000000 0400000000000000 \
        3e11fa4771ca11e19e33c80aa9429562 046161 0100000000000000 0100000000000000 0200000000000000 \
        3e11fa4771ca11e19e33c80aa9429562 06746167 0100000000000000 0500000000000000 0600000000000000 \
        9988d013e58311f1af0d02fc00000001 00 0100000000000000 0100000000000000 0300000000000000 \
        9988d013e58311f1af0d02fc00000001 046262 0100000000000000 0100000000000000 0200000000000000";
    let own = "9988d013-e583-11f1-af0d-02fc00000001";
    for (hex, text) in [
        ("0000000000000000", String::new()),
        (untagged, format!("{own}:1-2")),
        (
            tagged,
            format!("V:zz:7,\nU:1:3:aa:1:tag:5,\n{own}:1-2:bb:1"),
        ),
    ] {
        let bytes = unhex(hex);
        let expected = set(&text);
        assert_eq!(GtidSet::decode(&bytes), Ok(expected.clone()));
        assert_eq!(expected.encode(), bytes);
        for length in 0..bytes.len() {
            let cut = GtidSet::decode(bytes.get(..length).unwrap_or_default());
            assert!(
                matches!(cut, Err(GtidDecodeError::Truncated(_))),
                "{length}: {cut:?}"
            );
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(
            GtidSet::decode(&longer),
            Err(GtidDecodeError::Trailing(bytes.len()))
        );
    }
}

#[test]
fn bad_bytes_are_named_errors() {
    let uuid = "3e11fa4771ca11e19e33c80aa9429562";
    for (hex, expected) in [
        (
            "0000000000000002".to_owned(),
            GtidDecodeError::UnknownFormat(2),
        ),
        (
            // Millions of entries announced, none there: no allocation by the announced number.
            "ffffffffffff0000".to_owned(),
            GtidDecodeError::Truncated(8),
        ),
        (
            format!("0100000000000000{uuid}0100000000000000 0000000000000000 0200000000000000"),
            GtidDecodeError::BadInterval(32),
        ),
        (
            format!("0100000000000000{uuid}0100000000000000 0200000000000000 0200000000000000"),
            GtidDecodeError::BadInterval(32),
        ),
        (
            format!("0100000000000000{uuid}0100000000000000 0200000000000000 ffffffffffffffff"),
            GtidDecodeError::BadInterval(32),
        ),
        (
            format!("0101000000000001{uuid}0241 0100000000000000"),
            GtidDecodeError::BadTag(24),
        ),
        (
            format!("0101000000000001{uuid}0561 0100000000000000"),
            GtidDecodeError::BadTag(24),
        ),
    ] {
        assert_eq!(GtidSet::decode(&unhex(&hex)), Err(expected), "{hex}");
    }
}

#[test]
fn single_gtids_round_trip() {
    for text in [format!("{U}:1"), format!("{U}:tag:9223372036854775806")] {
        assert_eq!(
            text.parse::<Gtid>().map(|gtid| gtid.to_string()),
            Ok(text.clone())
        );
        for length in 0..text.len() {
            if let Ok(gtid) = text[..length].parse::<Gtid>() {
                // Only a shorter number is still a GTID.
                assert!(text.starts_with(&gtid.to_string()));
            }
        }
    }
    assert!(format!("{U}:1-2").parse::<Gtid>().is_err());
    assert!(format!("{U}:0").parse::<Gtid>().is_err());
    let tsid = Tsid {
        uuid: Uuid::default(),
        tag: Tag::none(),
    };
    assert_eq!(tsid.to_string(), "00000000-0000-0000-0000-000000000000");
}

#[test]
fn mariadb_lists_parse_and_print() {
    for text in ["", "0-1-5", "0-1-5,1-2-18446744073709551615", "0-1-5,0-2-6"] {
        let list: MariadbGtidList = text.parse().expect("list");
        assert_eq!(list.to_string(), text);
    }
    for text in [
        "0-1",
        "0-1-2-3",
        "0--1",
        "a-1-1",
        "0-1-1,",
        "4294967296-1-1",
        "0-1--1",
        "-1-1",
    ] {
        assert_eq!(
            text.parse::<MariadbGtidList>(),
            Err(MariadbGtidError::Malformed),
            "{text}"
        );
    }
    assert!(matches!(
        "0-1-5,0-1-6".parse::<MariadbGtidList>(),
        Err(MariadbGtidError::Duplicate(_, _))
    ));
}

#[test]
fn mariadb_position_keeps_one_a_domain_and_state_one_a_server() {
    let gtid = |text: &str| text.parse::<MariadbGtid>().expect("GTID");
    let (mut position, mut state) = (MariadbGtidList::new(), MariadbGtidList::new());
    for text in ["0-1-1", "1-1-1", "0-2-2", "0-1-3"] {
        position.advance(gtid(text));
        state.record(gtid(text));
    }
    assert_eq!(position.to_string(), "0-1-3,1-1-1");
    assert_eq!(state.to_string(), "0-2-2,0-1-3,1-1-1");
    assert_eq!(state.last_of(0), Some(gtid("0-1-3")));
    assert_eq!(state.last_of(7), None);
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    digits
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("hexadecimal")
        })
        .collect()
}
