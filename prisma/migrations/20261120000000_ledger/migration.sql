-- Configuration ---------------------------------------------------------------------------------------------------------

CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "venue" TEXT NOT NULL,
    "market" TEXT,
    "sandbox" BOOLEAN NOT NULL,
    "sealed_credentials" TEXT,
    "settings" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "hooks" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "key_hash" TEXT NOT NULL,
    "layers" TEXT[] NOT NULL,
    "secret_hash" TEXT,
    "account_ids" TEXT[] NOT NULL,
    "allowlist" TEXT[] NOT NULL,
    "max_age_sec" INTEGER NOT NULL,
    "dedupe_window_sec" INTEGER NOT NULL,
    "rate_points" INTEGER,
    "enabled" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    CONSTRAINT "hooks_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "users" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "users_email_idx" ON "users" ("email");

CREATE TABLE "risk_limits" (
    "scope" TEXT NOT NULL,
    "max_order_notional" DECIMAL(65,30),
    "max_position_notional" DECIMAL(65,30),
    "max_open_orders" INTEGER,
    "max_daily_loss" DECIMAL(65,30),
    "allowed_symbols" JSON,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "risk_limits_pkey" PRIMARY KEY ("scope")
);

CREATE TABLE "trading_modes" (
    "scope" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "reason" TEXT,
    "actor" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "trading_modes_pkey" PRIMARY KEY ("scope")
);

CREATE TABLE "config_version" (
    "id" INTEGER NOT NULL,
    "version" BIGINT NOT NULL,
    CONSTRAINT "config_version_pkey" PRIMARY KEY ("id")
);
INSERT INTO "config_version" ("id", "version") VALUES (1, 0);

-- Signals ---------------------------------------------------------------------------------------------------------------

CREATE TABLE "signals" (
    "id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "hook_id" TEXT,
    "source" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "actor_address" TEXT,
    "payload" TEXT NOT NULL,
    "correlation_id" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "strategy" TEXT,
    "tag" TEXT,
    "status" TEXT NOT NULL,
    "code" TEXT,
    "message" TEXT,
    "repeats" INTEGER NOT NULL DEFAULT 0,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "signals_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "signals_received_at_id_idx" ON "signals" ("received_at", "id");

CREATE TABLE "signal_parts" (
    "signal_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "code" TEXT,
    "message" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "signal_parts_pkey" PRIMARY KEY ("signal_id", "account_id")
);
-- What a new leader still has to finish.
CREATE INDEX "signal_parts_unfinished_idx" ON "signal_parts" ("signal_id", "account_id")
    WHERE "status" IN ('accepted', 'planned', 'executing', 'unknown');

CREATE TABLE "signal_events" (
    "signal_id" TEXT NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "stage" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "signal_events_pkey" PRIMARY KEY ("signal_id", "seq")
);

-- Orders ----------------------------------------------------------------------------------------------------------------

CREATE TABLE "orders" (
    "id" UUID NOT NULL,
    "signal_id" TEXT NOT NULL,
    "leg" INTEGER NOT NULL,
    "client_order_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "symbol" TEXT NOT NULL,
    "side" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "quantity" DECIMAL(65,30) NOT NULL,
    "price" DECIMAL(65,30),
    "stop_price" DECIMAL(65,30),
    "time_in_force" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "post_only" BOOLEAN NOT NULL,
    "reduce_only" BOOLEAN NOT NULL,
    "role" TEXT NOT NULL,
    "parent_id" UUID,
    "oco_group" TEXT,
    "parent_share" DECIMAL(65,30),
    "strategy" TEXT,
    "tag" TEXT,
    "venue_order_id" TEXT,
    "status" TEXT NOT NULL,
    "filled_quantity" DECIMAL(65,30) NOT NULL,
    "filled_notional" DECIMAL(65,30) NOT NULL,
    "code" TEXT,
    "message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "orders_created_at_id_idx" ON "orders" ("created_at", "id");
CREATE INDEX "orders_signal_id_idx" ON "orders" ("signal_id");
-- Orders the venue may still act on: few, however long the history.
CREATE INDEX "orders_open_idx" ON "orders" ("created_at", "id")
    WHERE "status" IN ('intent', 'submitted', 'open', 'partially_filled', 'unknown');

CREATE TABLE "order_events" (
    "order_id" UUID NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "from_status" TEXT,
    "to_status" TEXT NOT NULL,
    "detail" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "order_events_pkey" PRIMARY KEY ("order_id", "seq")
);

-- Fills and what they do ------------------------------------------------------------------------------------------------

CREATE TABLE "fills" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "signal_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "symbol" TEXT NOT NULL,
    "side" TEXT NOT NULL,
    "venue_trade_id" TEXT NOT NULL,
    "quantity" DECIMAL(65,30) NOT NULL,
    "price" DECIMAL(65,30) NOT NULL,
    "fee" DECIMAL(65,30) NOT NULL,
    "fee_asset" TEXT NOT NULL,
    "liquidity" TEXT NOT NULL,
    "executed_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "fills_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "fills_executed_at_id_idx" ON "fills" ("executed_at", "id");
CREATE INDEX "fills_order_id_idx" ON "fills" ("order_id");

CREATE TABLE "position_entries" (
    "fill_id" UUID NOT NULL,
    "account_id" TEXT NOT NULL,
    "symbol" TEXT NOT NULL,
    "quantity_delta" DECIMAL(65,30) NOT NULL,
    "cost_delta" DECIMAL(65,30) NOT NULL,
    "realized_pnl" DECIMAL(65,30) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "position_entries_pkey" PRIMARY KEY ("fill_id")
);
-- Entries arrive nearly in order of time, so a block-range index serves "since midnight" at next to no cost per row.
CREATE INDEX "position_entries_at_idx" ON "position_entries" USING BRIN ("at");

CREATE TABLE "positions" (
    "account_id" TEXT NOT NULL,
    "symbol" TEXT NOT NULL,
    "quantity" DECIMAL(65,30) NOT NULL,
    "cost" DECIMAL(65,30) NOT NULL,
    "realized_pnl" DECIMAL(65,30) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "positions_pkey" PRIMARY KEY ("account_id", "symbol")
);

CREATE TABLE "balances" (
    "account_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "total" DECIMAL(65,30) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "balances_pkey" PRIMARY KEY ("account_id", "asset")
);

-- What people are told --------------------------------------------------------------------------------------------------

CREATE TABLE "audit" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "address" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "before" JSON,
    "after" JSON,
    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_at_id_idx" ON "audit" ("at", "id");

CREATE TABLE "outbox" (
    "seq" BIGSERIAL NOT NULL,
    "id" TEXT NOT NULL,
    "audience" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "signal_id" TEXT,
    "correlation_id" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),
    "dead_at" TIMESTAMPTZ(3),
    "error" TEXT,
    CONSTRAINT "outbox_pkey" PRIMARY KEY ("seq")
);
CREATE UNIQUE INDEX "outbox_id_key" ON "outbox" ("id");
CREATE INDEX "outbox_signal_id_idx" ON "outbox" ("signal_id");
CREATE INDEX "outbox_pending_idx" ON "outbox" ("seq") WHERE "sent_at" IS NULL AND "dead_at" IS NULL;

CREATE TABLE "command_replies" (
    "command_id" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "body" JSON,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "command_replies_pkey" PRIMARY KEY ("command_id")
);

-- The fence -------------------------------------------------------------------------------------------------------------

-- First statement of every write transaction. It fails unless the caller holds the lease of that epoch, and keeps the lease
-- row locked until the transaction ends, so nobody can take over between the check and the commit. The statements sent
-- right behind it, without waiting for its answer, fail with it.
CREATE FUNCTION "assert_leader"("wanted_epoch" BIGINT, "wanted_holder" TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM "leader_lease" WHERE "id" = 1 AND "epoch" = "wanted_epoch" AND "holder" = "wanted_holder" FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'epoch % of % is over', "wanted_epoch", "wanted_holder" USING ERRCODE = 'SM001';
    END IF;
END
$$;
