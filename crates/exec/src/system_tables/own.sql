-- Tables that no other server has.
-- performance_schema.understudy_event_ledger
CREATE TABLE `understudy_event_ledger` (
  `CHANNEL_NAME` char(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `EVENT_TYPE` varchar(64) NOT NULL,
  `OBJECT_SCHEMA` varchar(64) DEFAULT NULL,
  `OBJECT_NAME` varchar(64) DEFAULT NULL,
  `OUTCOME` varchar(16) NOT NULL,
  `REASON` varchar(128) NOT NULL,
  `COUNT_EVENTS` bigint unsigned NOT NULL,
  `COUNT_ROWS` bigint unsigned NOT NULL,
  `LAST_SEEN` timestamp(6) NOT NULL
) ENGINE=PERFORMANCE_SCHEMA DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
-- performance_schema.understudy_row_audit
CREATE TABLE `understudy_row_audit` (
  `CHANNEL_NAME` char(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `OBJECT_SCHEMA` varchar(64) NOT NULL,
  `OBJECT_NAME` varchar(64) NOT NULL,
  `EVENT_TYPE` varchar(64) NOT NULL,
  `ROW_KEY` longtext NOT NULL,
  `COLUMN_NAME` varchar(64) NOT NULL,
  `SOURCE_VALUE` longtext,
  `REPLICA_VALUE` longtext,
  `SOURCE_LOG_FILE` varchar(512) NOT NULL,
  `END_LOG_POS` bigint unsigned NOT NULL,
  `GTID` varchar(128) NOT NULL,
  `SEEN` timestamp(6) NOT NULL
) ENGINE=PERFORMANCE_SCHEMA DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
-- performance_schema.understudy_transaction_waterfall
CREATE TABLE `understudy_transaction_waterfall` (
  `CHANNEL_NAME` char(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `STAGE` varchar(16) NOT NULL,
  `BUCKET_NUMBER` int unsigned NOT NULL,
  `BUCKET_LOW` bigint unsigned NOT NULL,
  `BUCKET_HIGH` bigint unsigned NOT NULL,
  `COUNT_BUCKET` bigint unsigned NOT NULL,
  `COUNT_BUCKET_AND_LOWER` bigint unsigned NOT NULL,
  `BUCKET_QUANTILE` double(7,6) NOT NULL
) ENGINE=PERFORMANCE_SCHEMA DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
-- performance_schema.understudy_transaction_waterfall_summary
CREATE TABLE `understudy_transaction_waterfall_summary` (
  `CHANNEL_NAME` char(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `STAGE` varchar(16) NOT NULL,
  `COUNT_TRANSACTIONS` bigint unsigned NOT NULL,
  `COUNT_NOT_KNOWN` bigint unsigned NOT NULL,
  `SUM_TIME` bigint unsigned NOT NULL,
  `MAX_TIME` bigint unsigned DEFAULT NULL,
  `QUANTILE_50` bigint unsigned DEFAULT NULL,
  `QUANTILE_95` bigint unsigned DEFAULT NULL,
  `QUANTILE_99` bigint unsigned DEFAULT NULL
) ENGINE=PERFORMANCE_SCHEMA DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
