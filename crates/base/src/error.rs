//! Errors as MySQL clients see them: number, SQLSTATE and text.

use std::fmt;

/// An error with MySQL's number, SQLSTATE and message.
///
/// Numbers and texts are those of the "Server Error Message Reference" in the manual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MysqlError {
    /// Error number, e.g. 1062.
    pub errno: u16,
    /// SQLSTATE, five ASCII characters, e.g. `23000`.
    pub sqlstate: &'static str,
    /// Message as the client shows it.
    pub message: String,
}

impl MysqlError {
    /// An error of number `errno`; the SQLSTATE is looked up in [`sqlstate`].
    pub fn new(errno: u16, message: impl Into<String>) -> Self {
        MysqlError {
            errno,
            sqlstate: sqlstate(errno),
            message: message.into(),
        }
    }
}

impl fmt::Display for MysqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ERROR {} ({}): {}",
            self.errno, self.sqlstate, self.message
        )
    }
}

impl std::error::Error for MysqlError {}

/// SQLSTATE of an error number; `HY000` where the manual gives none.
pub fn sqlstate(errno: u16) -> &'static str {
    match errno {
        1022 | 1048 | 1052 | 1062 | 1169 | 1216 | 1217 | 1451 | 1452 | 1557 | 1586 | 1761
        | 1762 | 1859 => "23000",
        1037 | 1038 => "HY001",
        1040 | 1043 | 1047 | 1053 | 1080 | 1081 | 1152 | 1153 | 1154 | 1155 | 1156 | 1157
        | 1158 | 1159 | 1160 | 1161 | 1184 | 1189 | 1190 | 1218 => "08S01",
        1044 | 1049 | 1050 | 1051 | 1054 | 1055 | 1056 | 1057 | 1059 | 1060 | 1061 | 1063
        | 1064 | 1065 | 1066 | 1067 | 1068 | 1069 | 1070 | 1071 | 1072 | 1073 | 1074 | 1075
        | 1082 | 1083 | 1084 | 1090 | 1091 | 1101 | 1102 | 1103 | 1104 | 1106 | 1107 | 1109
        | 1110 | 1112 | 1113 | 1115 | 1118 | 1120 | 1121 | 1131 | 1132 | 1133 | 1138 | 1139
        | 1140 | 1141 | 1142 | 1143 | 1144 | 1145 | 1146 | 1147 | 1148 | 1149 | 1162 | 1163
        | 1164 | 1166 | 1167 | 1170 | 1171 | 1172 | 1173 | 1176 | 1177 | 1178 | 1203 | 1211
        | 1226 | 1227 | 1230 | 1231 | 1232 | 1234 | 1235 | 1239 | 1247 | 1248 | 1249 | 1250
        | 1252 | 1253 | 1280 | 1281 | 1286 => sqlstate_42000(errno),
        1045 => "28000",
        1046 => "3D000",
        1136 | 1222 | 1241 | 1242 => {
            if errno == 1241 || errno == 1222 {
                "21000"
            } else {
                "21S01"
            }
        }
        1179 | 1207 => "25000",
        1213 => "40001",
        1264 | 1690 => "22003",
        1265 | 1329 => "01000",
        1292 => "22007",
        1365 => "22012",
        1406 => "22001",
        1305 | 1582 => "42000",
        1317 => "70100",
        1820 => "HY000",
        3140 | 3141 | 3143 => "22032",
        _ => "HY000",
    }
}

/// The class-42 states that are not plain `42000`.
fn sqlstate_42000(errno: u16) -> &'static str {
    match errno {
        1050 => "42S01",
        1051 | 1109 | 1146 => "42S02",
        1054 | 1247 => "42S22",
        1060 => "42S21",
        1082 => "42S12",
        _ => "42000",
    }
}
