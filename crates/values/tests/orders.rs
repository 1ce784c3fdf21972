//! The order of texts by each collation of the reference servers: each file in `fixtures/orders` is a
//! server's answers, recorded by `generated/orders.py`.

use serde_json::Value as Json;
use std::path::Path;
use understudy_values::charset::{Collation, Server};
use understudy_values::collation::push_key;

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn t09_collations_order_as_the_servers_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/orders");
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let at = path.file_stem().unwrap().to_string_lossy().into_owned();
        let server = match at.as_str() {
            "mysql-5.6" => Server::MySql5,
            "mysql-9.7" => Server::MySql8,
            "mariadb-10.11" => Server::MariaDb10,
            "mariadb-11.8" => Server::MariaDb11,
            other => panic!("fixture of an unknown server {other}"),
        };
        let recorded: Json =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for (name, ranks) in recorded["ranks"].as_object().unwrap() {
            let collation = Collation::by_name(name, server).unwrap();
            let charset = collation.charset().name_for(server);
            let charset = if recorded["texts"].get(charset).is_some() {
                charset
            } else {
                "utf8"
            };
            let mut keys = Vec::new();
            for text in recorded["texts"][charset].as_array().unwrap() {
                let mut key = Vec::new();
                // The servers' latin2_czech_cs has no DEL: they made it a question mark.
                let text = match (text.as_str().unwrap(), name.as_str()) {
                    ("7f", "latin2_czech_cs") => "3f",
                    (text, _) => text,
                };
                push_key(collation, &unhex(text), &mut key).unwrap();
                keys.push(key);
            }
            checked += 1;
            for (index, expected) in ranks.as_array().unwrap().iter().enumerate() {
                let own = keys.iter().filter(|key| **key < keys[index]).count() as u64;
                if own != expected.as_u64().unwrap() {
                    wrong.push(format!(
                        "{at} {name}: text {index} {} ranks {own} instead of {expected}",
                        recorded["texts"][charset][index]
                    ));
                }
            }
        }
    }
    assert!(checked > 1000);
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
