//! Everything a definition can say beside types: keys, defaults, comments, options, and changes of them.

use understudy_testkit::Kind;
use understudy_testkit::client::Connection;

/// Makes the tables on `source`.
pub fn build(kind: Kind, source: &mut Connection) -> anyhow::Result<()> {
    source.run([
        "CREATE DATABASE definitions DEFAULT CHARACTER SET utf8mb4",
        "USE definitions",
    ])?;
    source.run(KEYS)?;
    source.run(DEFAULTS)?;
    source.run(OPTIONS)?;
    source.run(ALTERATIONS)?;
    source.run(MOVES)?;
    match kind {
        Kind::Mysql56 => {}
        Kind::Mysql97 => source.run(MYSQL_97)?,
        Kind::Mariadb1011 | Kind::Mariadb118 => source.run(MARIADB)?,
    }
    source.run(["SET NAMES latin1"])?;
    // The bytes of this statement are latin1, not UTF-8.
    source.query(b"CREATE TABLE from_latin1 (`\xe4` CHAR(3) DEFAULT '\xfc' COMMENT '\xdf', e ENUM('\xe9','\xf6'))")?;
    source.query(b"INSERT INTO from_latin1 VALUES ('\xe4\xf6\xfc', '\xe9'), (DEFAULT, '\xf6')")?;
    source.run(["SET NAMES utf8mb4"])
}

const KEYS: &[&str] = &[
    "CREATE TABLE k1 (a INT, b INT, c VARCHAR(50), PRIMARY KEY (b, a), UNIQUE KEY (c), KEY (a), KEY (c(5), b))",
    "INSERT INTO k1 VALUES (1, 2, 'x'), (2, 1, NULL), (3, 1, NULL), (0, 0, 'y')",
    "UPDATE k1 SET a = a + 10",
    "CREATE TABLE k2 (a INT UNIQUE, b INT UNIQUE KEY, c INT, d INT, UNIQUE named (c, d), INDEX i2 USING BTREE (d), KEY k3 (d) COMMENT 'it''s a key')",
    "INSERT INTO k2 VALUES (NULL, NULL, NULL, 1), (NULL, NULL, NULL, 1), (1, 1, 1, 1)",
    "CREATE TABLE k3 (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, t TEXT, b BLOB, KEY (t(10)), UNIQUE (b(20))) AUTO_INCREMENT=1000",
    "INSERT INTO k3 (t, b) VALUES ('a', 'x'), ('b', 'y'), (NULL, NULL)",
    "INSERT INTO k3 VALUES (5000, 'c', 'z')",
    "INSERT INTO k3 (t) VALUES ('after')",
    "CREATE TABLE k4 (a INT, id INT NOT NULL AUTO_INCREMENT, KEY (id))",
    "INSERT INTO k4 (a) VALUES (1), (2)",
    "CREATE TABLE k5 (a CHAR(10), b TEXT, FULLTEXT KEY ft (a, b), FULLTEXT (b)) ENGINE=InnoDB",
    "INSERT INTO k5 VALUES ('word', 'some words'), (NULL, '')",
    "CREATE TABLE k6 (p POINT NOT NULL, SPATIAL KEY sp (p)) ENGINE=MyISAM",
    "CREATE TABLE k7 (a INT NOT NULL, b INT NOT NULL, CONSTRAINT pk PRIMARY KEY (a), CONSTRAINT u UNIQUE (b))",
    "INSERT INTO k7 VALUES (1, 2), (2, 1)",
    "UPDATE k7 SET b = b + 10 ORDER BY b DESC",
    "CREATE TABLE k8 (a VARCHAR(100) COLLATE utf8mb4_bin NOT NULL, b VARBINARY(30), PRIMARY KEY (a(10)), UNIQUE (b))",
    "INSERT INTO k8 VALUES ('Abc', 'x'), ('abc', 'X'), ('abd', NULL)",
    "CREATE TABLE `odd ``name` (`col ``1` INT, `select` INT, `ü` INT, KEY `key ``1` (`col ``1`))",
    "INSERT INTO `odd ``name` VALUES (1, 2, 3)",
];

const DEFAULTS: &[&str] = &[
    "CREATE TABLE d1 (a INT DEFAULT 5, b VARCHAR(10) DEFAULT 'it''s', c CHAR(3) NOT NULL DEFAULT '', d DATE DEFAULT '2000-01-01', \
     e DECIMAL(10,3) DEFAULT 1.5, f FLOAT DEFAULT 1e3, g DOUBLE NOT NULL DEFAULT -0.5, h BIT(8) DEFAULT b'101', i ENUM('a','b') DEFAULT 'b', \
     j SET('x','y') DEFAULT 'x,y', k TIME DEFAULT '-10:00:00', l YEAR DEFAULT 1999, m TINYINT(1) DEFAULT TRUE, n BINARY(3) DEFAULT 'ab', \
     o BIGINT UNSIGNED DEFAULT 18446744073709551615, p INT NOT NULL, q INT NULL DEFAULT NULL, r TEXT, s DATETIME(3) DEFAULT '2001-02-03 04:05:06.789')",
    "INSERT INTO d1 (p) VALUES (1), (2)",
    "CREATE TABLE d2 (a TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, b DATETIME DEFAULT CURRENT_TIMESTAMP, \
     c TIMESTAMP(6) NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), d DATETIME(2) ON UPDATE NOW(2), n INT)",
    "INSERT INTO d2 (n) VALUES (1), (2)",
    "UPDATE d2 SET n = 3 WHERE n = 1",
    "CREATE TABLE d3 (a TIMESTAMP, b TIMESTAMP NULL, c TIMESTAMP DEFAULT '2001-01-01 00:00:00')",
    "INSERT INTO d3 (b) VALUES (NULL)",
    "CREATE TABLE d4 (a INT COMMENT 'a comment with ''quotes'' and \\\\ and ü', b INT COMMENT '') COMMENT='table''s comment; 中文'",
    "CREATE TABLE d5 (n CHAR(5) CHARACTER SET latin1, m CHAR(5) COLLATE utf8mb4_bin, o TEXT CHARACTER SET utf8 COLLATE utf8_bin, p CHAR(5) CHARACTER SET ascii) \
     DEFAULT CHARACTER SET latin1",
    "INSERT INTO d5 VALUES ('é', 'é', 'é', 'e')",
];

const OPTIONS: &[&str] = &[
    "CREATE TABLE o1 (a INT) ENGINE=MyISAM ROW_FORMAT=FIXED MAX_ROWS=100 MIN_ROWS=2 AVG_ROW_LENGTH=10 CHECKSUM=1 PACK_KEYS=1 DELAY_KEY_WRITE=1",
    "INSERT INTO o1 VALUES (1)",
    "CREATE TABLE o2 (a INT) ENGINE=InnoDB ROW_FORMAT=DYNAMIC STATS_PERSISTENT=0 STATS_AUTO_RECALC=1 STATS_SAMPLE_PAGES=20",
    "CREATE TABLE o3 (a INT PRIMARY KEY) ENGINE=MEMORY DEFAULT CHARSET=utf8 COLLATE=utf8_unicode_ci",
    "CREATE TABLE o4 (a INT, b VARCHAR(10)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci ROW_FORMAT=COMPACT",
    "CREATE TABLE o5 (a CHAR(5)) CHARSET binary",
    "CREATE DATABASE other CHARACTER SET latin2 COLLATE latin2_czech_cs",
    "CREATE TABLE other.o6 (a CHAR(5))",
    "INSERT INTO other.o6 VALUES ('č')",
    "ALTER DATABASE other COLLATE latin2_general_ci",
    "CREATE TABLE other.o7 (a CHAR(5))",
];

const ALTERATIONS: &[&str] = &[
    "CREATE TABLE a1 (id INT NOT NULL, v VARCHAR(10), n INT)",
    "INSERT INTO a1 VALUES (1, 'one', 10), (2, 'two', 20), (3, NULL, NULL)",
    "ALTER TABLE a1 ADD COLUMN first_one INT NOT NULL FIRST, ADD last_one VARCHAR(5) DEFAULT 'dflt', ADD between_them DATE AFTER id",
    "ALTER TABLE a1 ADD PRIMARY KEY (id)",
    "ALTER TABLE a1 ADD UNIQUE KEY uv (v), ADD INDEX (n)",
    "INSERT INTO a1 VALUES (7, 4, '2020-02-02', 'four', 40, 'x')",
    "ALTER TABLE a1 MODIFY n BIGINT UNSIGNED DEFAULT 9 COMMENT 'wider', CHANGE v w VARCHAR(150) NOT NULL DEFAULT '-'",
    "UPDATE a1 SET w = CONCAT(w, id) WHERE id > 1",
    "ALTER TABLE a1 DROP COLUMN between_them, DROP INDEX n",
    "ALTER TABLE a1 ALTER n SET DEFAULT 77, ALTER last_one DROP DEFAULT",
    "ALTER TABLE a1 MODIFY last_one VARCHAR(5) DEFAULT 'dflt' AFTER first_one",
    "CREATE INDEX made_later ON a1 (n, w(4))",
    "CREATE UNIQUE INDEX u2 ON a1 (id, n)",
    "DROP INDEX made_later ON a1",
    "ALTER TABLE a1 COMMENT='changed', AUTO_INCREMENT=500",
    "ALTER TABLE a1 MODIFY id INT NOT NULL AUTO_INCREMENT",
    "INSERT INTO a1 (first_one, w) VALUES (9, 'auto')",
    "ALTER TABLE a1 CONVERT TO CHARACTER SET latin1",
    "ALTER TABLE a1 DEFAULT CHARACTER SET utf8mb4",
    "ALTER TABLE a1 ENGINE=InnoDB",
    "ALTER TABLE a1 RENAME TO a1_renamed",
    "ALTER TABLE a1_renamed DROP PRIMARY KEY, ADD PRIMARY KEY (id, first_one)",
    "CREATE TABLE a2 (i INT, s VARCHAR(20), d DOUBLE, t DATETIME(6), e ENUM('a','b'))",
    "INSERT INTO a2 VALUES (1, '12', 1.5, '2001-02-03 04:05:06.789', 'a'), (-1, ' 7', -2.5, NULL, 'b'), (NULL, '', 0, '1999-12-31 23:59:59.5', NULL)",
    "ALTER TABLE a2 MODIFY i VARCHAR(20), MODIFY s INT, MODIFY d INT, MODIFY t DATETIME, MODIFY e ENUM('b','c','a')",
    "ALTER TABLE a2 MODIFY i DECIMAL(8,2), MODIFY s CHAR(4), MODIFY d VARCHAR(10), MODIFY t DATE, MODIFY e VARCHAR(10)",
    "ALTER TABLE a2 ADD KEY (i), ADD KEY k2 (i), ALGORITHM=INPLACE, LOCK=NONE",
    "ALTER TABLE a2 DISABLE KEYS",
    "ALTER TABLE a2 ORDER BY i",
];

const MOVES: &[&str] = &[
    "CREATE TABLE m1 (id INT PRIMARY KEY, v INT)",
    "INSERT INTO m1 VALUES (1, 1), (2, 2)",
    "CREATE TABLE m2 LIKE m1",
    "CREATE TABLE m3 AS SELECT id, v + 1 AS w, CONCAT('x', id) AS s FROM m1",
    "CREATE TABLE IF NOT EXISTS m1 (other INT)",
    "RENAME TABLE m1 TO swap, m2 TO m1, swap TO m2",
    "RENAME TABLE m3 TO other.m3",
    "INSERT INTO m1 VALUES (9, 9)",
    "CREATE TABLE m4 (a INT)",
    "INSERT INTO m4 VALUES (1)",
    "TRUNCATE TABLE m4",
    "INSERT INTO m4 VALUES (2)",
    "CREATE TABLE m5 (id INT AUTO_INCREMENT PRIMARY KEY)",
    "INSERT INTO m5 VALUES (NULL), (NULL)",
    "TRUNCATE m5",
    "INSERT INTO m5 VALUES (NULL)",
    "CREATE TABLE m6 (a INT)",
    "CREATE TABLE m7 (a INT)",
    "DROP TABLE m6, m7",
    "DROP TABLE IF EXISTS m7, m8",
    "CREATE DATABASE doomed",
    "CREATE TABLE doomed.x (a INT)",
    "INSERT INTO doomed.x VALUES (1)",
    "DROP DATABASE doomed",
    "CREATE DATABASE IF NOT EXISTS doomed",
    "DROP DATABASE IF EXISTS doomed",
    "DROP DATABASE IF EXISTS doomed",
    "CREATE DATABASE IF NOT EXISTS reborn",
    "CREATE TABLE reborn.t (a INT) /* comment */",
    "START TRANSACTION",
    "INSERT INTO m4 VALUES (3)",
    "SAVEPOINT s1",
    "INSERT INTO m4 VALUES (4)",
    "ROLLBACK TO SAVEPOINT s1",
    "INSERT INTO m1 VALUES (10, 10)",
    "COMMIT",
    "CREATE TEMPORARY TABLE temporary (a INT)",
    "INSERT INTO temporary VALUES (1)",
    "INSERT INTO m4 SELECT a + 100 FROM temporary",
    "DROP TEMPORARY TABLE temporary",
    "REPLACE INTO m1 VALUES (9, 99), (11, 11)",
    "INSERT INTO m1 VALUES (11, 0), (12, 12) ON DUPLICATE KEY UPDATE v = v + 1000",
    "DELETE FROM m4 WHERE a > 102",
];

const MYSQL_97: &[&str] = &[
    "CREATE TABLE x1 (a INT, b INT, KEY desc_key (a DESC, b), KEY hidden (b) INVISIBLE, c INT INVISIBLE DEFAULT 3)",
    "INSERT INTO x1 (a, b) VALUES (1, 2), (3, 4)",
    "ALTER TABLE x1 RENAME COLUMN b TO bb, RENAME INDEX hidden TO seen",
    "ALTER TABLE x1 ALTER INDEX seen VISIBLE",
    "ALTER TABLE x1 ADD COLUMN instant INT DEFAULT 5, ALGORITHM=INSTANT",
    "UPDATE x1 SET instant = 6 WHERE a = 1",
    "CREATE TABLE x2 (id INT PRIMARY KEY, j JSON)",
    "INSERT INTO x2 VALUES (1, '{\"a\": 1, \"b\": [1, 2, {\"c\": \"long text here\"}]}'), (2, '[1, 2, 3]')",
    "SET SESSION binlog_row_value_options='PARTIAL_JSON'",
    "UPDATE x2 SET j = JSON_SET(j, '$.a', 2) WHERE id = 1",
    "UPDATE x2 SET j = JSON_REPLACE(j, '$.b[2].c', 'short', '$.b[0]', 77) WHERE id = 1",
    "UPDATE x2 SET j = JSON_REMOVE(j, '$[1]') WHERE id = 2",
    "SET SESSION binlog_row_image=MINIMAL",
    "UPDATE x2 SET j = JSON_SET(j, '$.new', JSON_ARRAY(1.5, NULL, TRUE)) WHERE id = 1",
    "SET SESSION binlog_row_image=FULL",
    "SET SESSION binlog_row_value_options=''",
    "SET SESSION binlog_transaction_compression=ON",
    "INSERT INTO m1 VALUES (500, 1), (501, 2)",
    "UPDATE m1 SET v = v * 2 WHERE id >= 500",
    "SET SESSION binlog_transaction_compression=OFF",
    "SET SESSION binlog_rows_query_log_events=ON",
    "DELETE FROM m1 WHERE id = 501",
    "SET SESSION binlog_rows_query_log_events=OFF",
    "CREATE TABLE x3 (a INT) ENCRYPTION='N'",
    "CREATE TABLE x4 (a VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_ja_0900_as_cs PRIMARY KEY) SELECT 'あ' AS a",
    "XA START 'x1'",
    "INSERT INTO m1 VALUES (600, 6)",
    "XA END 'x1'",
    "XA COMMIT 'x1' ONE PHASE",
];

const MARIADB: &[&str] = &[
    "CREATE OR REPLACE TABLE y1 (a INT, b INT, KEY desc_key (a DESC, b), KEY unseen (b) IGNORED, c INT INVISIBLE DEFAULT 3)",
    "INSERT INTO y1 (a, b) VALUES (1, 2), (3, 4)",
    "CREATE OR REPLACE TABLE y1 (a INT, b VARCHAR(5) DEFAULT 'q')",
    "INSERT INTO y1 (a) VALUES (1)",
    "ALTER TABLE y1 ADD COLUMN IF NOT EXISTS a INT, ADD COLUMN IF NOT EXISTS z INT DEFAULT 4, DROP COLUMN IF EXISTS nothing",
    "ALTER TABLE y1 RENAME COLUMN z TO zz, ADD INDEX IF NOT EXISTS i (a)",
    "ALTER TABLE y1 RENAME INDEX i TO j",
    "DROP INDEX IF EXISTS nothing ON y1",
    "CREATE TABLE y2 (id INT PRIMARY KEY, v TEXT) ENGINE=Aria",
    "INSERT INTO y2 VALUES (1, 'x')",
    "SET SESSION binlog_annotate_row_events=OFF",
    "INSERT INTO y2 VALUES (2, 'y')",
    "SET SESSION binlog_annotate_row_events=ON",
    "RENAME TABLE IF EXISTS nothing TO other_thing",
    "CREATE OR REPLACE DATABASE reborn CHARACTER SET latin1",
    "CREATE TABLE reborn.t2 (a CHAR(3))",
    "CREATE TABLE y3 (a INT DEFAULT 3, b INT DEFAULT -4, c DOUBLE DEFAULT 1.25, d VARCHAR(20) DEFAULT '3')",
    "INSERT INTO y3 VALUES ()",
];
