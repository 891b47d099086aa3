-- Candles ---------------------------------------------------------------------------------------------------------------

-- What is collected, and how far. `covered_from`/`covered_to`: asked for and answered without a break.
CREATE TABLE "candle_series" (
    "id" SERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "symbol" TEXT NOT NULL,
    "timeframe" TEXT NOT NULL,
    "covered_from" TIMESTAMPTZ(3),
    "covered_to" TIMESTAMPTZ(3),
    "from_beginning" BOOLEAN NOT NULL DEFAULT false,
    "caught_up_at" TIMESTAMPTZ(3),
    "audited_at" TIMESTAMPTZ(3),
    "problem" TEXT,
    "claimed_epoch" BIGINT NOT NULL,
    CONSTRAINT "candle_series_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "candle_series_source_symbol_timeframe_key" ON "candle_series" ("source", "symbol", "timeframe");

-- One row a candle. A hypertable where TimescaleDB is installed in this database, else partitioned by month of its open time:
-- whatever the number of years, a write and a read of recent candles touch one or two small tables.
DO $$
DECLARE
    columns CONSTANT TEXT := '
        "series_id" INTEGER NOT NULL,
        "open_time" TIMESTAMPTZ(3) NOT NULL,
        "open" DECIMAL(65,30) NOT NULL,
        "high" DECIMAL(65,30) NOT NULL,
        "low" DECIMAL(65,30) NOT NULL,
        "close" DECIMAL(65,30) NOT NULL,
        "volume" DECIMAL(65,30) NOT NULL,
        "final" BOOLEAN NOT NULL,
        "reconstructed" BOOLEAN NOT NULL,
        "fetched_at" TIMESTAMPTZ(3) NOT NULL,
        CONSTRAINT "candles_pkey" PRIMARY KEY ("series_id", "open_time")';
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        EXECUTE 'CREATE TABLE "candles" (' || columns || ')';
        EXECUTE $hyper$ SELECT create_hypertable(
            'candles', 'open_time', chunk_time_interval => INTERVAL '1 month', create_default_indexes => false) $hyper$;
    ELSE
        EXECUTE 'CREATE TABLE "candles" (' || columns || ') PARTITION BY RANGE ("open_time")';
    END IF;
END
$$;

-- Makes the months between two times (both included) ready to be written; those that are there, and hypertables, are left alone.
-- Attaching a finished table, unlike CREATE TABLE … PARTITION OF, does not lock out readers.
CREATE FUNCTION "ensure_candle_partitions"("first_time" TIMESTAMPTZ, "last_time" TIMESTAMPTZ) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    -- Without a time zone and in UTC: a session that lives where clocks are moved must not move the bounds.
    utc_month TIMESTAMP := date_trunc('month', first_time AT TIME ZONE 'UTC');
    partition_name TEXT;
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = '"candles"'::regclass) <> 'p' THEN RETURN; END IF;
    WHILE utc_month <= last_time AT TIME ZONE 'UTC' LOOP
        partition_name := 'candles_' || to_char(utc_month, 'YYYY_MM');
        IF to_regclass(quote_ident(partition_name)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE "candles" INCLUDING ALL)', partition_name);
            EXECUTE format('ALTER TABLE "candles" ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition_name,
                utc_month AT TIME ZONE 'UTC', (utc_month + INTERVAL '1 month') AT TIME ZONE 'UTC');
        END IF;
        utc_month := utc_month + INTERVAL '1 month';
    END LOOP;
END
$$;

-- A final candle that its source told differently later, with both values.
CREATE TABLE "candle_corrections" (
    "series_id" INTEGER NOT NULL,
    "open_time" TIMESTAMPTZ(3) NOT NULL,
    "corrected_at" TIMESTAMPTZ(3) NOT NULL,
    "previous_fetched_at" TIMESTAMPTZ(3) NOT NULL,
    "previous_reconstructed" BOOLEAN NOT NULL,
    "previous_open" DECIMAL(65,30) NOT NULL,
    "previous_high" DECIMAL(65,30) NOT NULL,
    "previous_low" DECIMAL(65,30) NOT NULL,
    "previous_close" DECIMAL(65,30) NOT NULL,
    "previous_volume" DECIMAL(65,30) NOT NULL,
    "open" DECIMAL(65,30) NOT NULL,
    "high" DECIMAL(65,30) NOT NULL,
    "low" DECIMAL(65,30) NOT NULL,
    "close" DECIMAL(65,30) NOT NULL,
    "volume" DECIMAL(65,30) NOT NULL,
    CONSTRAINT "candle_corrections_pkey" PRIMARY KEY ("series_id", "open_time", "corrected_at")
);

-- Holes: times the source was asked for and gave nothing, or nothing that could be believed.
CREATE TABLE "candle_gaps" (
    "id" BIGSERIAL NOT NULL,
    "series_id" INTEGER NOT NULL,
    "from_time" TIMESTAMPTZ(3) NOT NULL,
    "to_time" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "candle_gaps_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "candle_gaps_series_id_from_time_idx" ON "candle_gaps" ("series_id", "from_time");

-- What a source said and the rules do not let us believe; `fingerprint` is a hash of it, so that it is kept once.
CREATE TABLE "candle_quarantine" (
    "series_id" INTEGER NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "raw" JSON NOT NULL,
    "breaches" TEXT[],
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "candle_quarantine_pkey" PRIMARY KEY ("series_id", "fingerprint")
);

CREATE TABLE "candle_jobs" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "instance" TEXT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "canceled_by" TEXT,
    "series_total" INTEGER NOT NULL,
    "series_done" INTEGER NOT NULL,
    "current" TEXT,
    "requests" INTEGER NOT NULL,
    "candles" INTEGER NOT NULL,
    "corrections" INTEGER NOT NULL,
    "gaps_found" INTEGER NOT NULL,
    "gaps_filled" INTEGER NOT NULL,
    "set_aside" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,
    CONSTRAINT "candle_jobs_pkey" PRIMARY KEY ("id")
);

-- Second statement of every write to a series, behind assert_leader: whoever leads must have claimed it. The lock makes two jobs
-- that know the same series take turns.
CREATE FUNCTION "assert_series_claimed"("wanted_series" INTEGER, "wanted_epoch" BIGINT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM "candle_series" WHERE "id" = "wanted_series" AND "claimed_epoch" = "wanted_epoch" FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'series % is not claimed by epoch %', "wanted_series", "wanted_epoch" USING ERRCODE = 'SM001';
    END IF;
END
$$;
