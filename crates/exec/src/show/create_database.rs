//! SHOW CREATE DATABASE.

use understudy_storage::schema::DatabaseDef;
use understudy_values::types::CollationId;

use super::{quote_identifier, quote_string};
use crate::charsets;

/// The `Create Database` column of SHOW CREATE DATABASE.
pub fn create_database(def: &DatabaseDef, if_not_exists: bool, ansi_quotes: bool) -> Vec<u8> {
    let flavour = def.flavour;
    let mut out = b"CREATE DATABASE ".to_vec();
    if if_not_exists {
        out.extend_from_slice(b"/*!32312 IF NOT EXISTS*/ ");
    }
    quote_identifier(&mut out, &def.name, ansi_quotes);
    out.extend_from_slice(b" /*!40100 DEFAULT CHARACTER SET ");
    out.extend_from_slice(charsets::charset_name(def.collation, flavour).as_bytes());
    let prints_collation = if flavour.mariadb {
        def.collation != CollationId::BINARY
    } else {
        !charsets::is_charset_default(def.collation, flavour)
            || (flavour.version >= 80000 && def.collation == CollationId::UTF8MB4_0900_AI_CI)
    };
    if prints_collation {
        out.extend_from_slice(b" COLLATE ");
        out.extend_from_slice(charsets::collation_name(def.collation, flavour).as_bytes());
    }
    out.extend_from_slice(b" */");
    if flavour.mariadb {
        if !def.comment.is_empty() {
            out.extend_from_slice(b" COMMENT ");
            quote_string(&mut out, def.comment.as_bytes());
        }
        return out;
    }
    let option = |name: &str| {
        def.options
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    if flavour.version >= 80016 {
        let encrypted = option("ENCRYPTION").unwrap_or("N");
        out.extend_from_slice(format!(" /*!80016 DEFAULT ENCRYPTION='{encrypted}' */").as_bytes());
    }
    if option("READ ONLY") == Some("1") {
        out.extend_from_slice(b" /* READ ONLY = 1 */");
    }
    out
}
