-- Corrections of a position that no fill explains stand among its entries, with the reason.
ALTER TABLE "position_entries" ADD COLUMN "reason" TEXT;

-- What to do when an alert does not follow from the one before it.
ALTER TABLE "hooks" ADD COLUMN "on_gap" TEXT NOT NULL DEFAULT 'tell';

-- Trades at a venue are matched to orders by the venue's id.
CREATE INDEX "orders_venue_order_id_idx" ON "orders" ("venue_order_id") WHERE "venue_order_id" IS NOT NULL;

-- Where ledger and venue differ: the latest of each account and symbol.
CREATE TABLE "drifts" (
    "account_id" TEXT NOT NULL,
    "symbol" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "cause" TEXT NOT NULL,
    "held" DECIMAL(65,30) NOT NULL,
    "venue" DECIMAL(65,30) NOT NULL,
    "entry_price" DECIMAL(65,30),
    "status" TEXT NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_by" TEXT,
    "decision_id" TEXT,

    CONSTRAINT "drifts_pkey" PRIMARY KEY ("account_id", "symbol")
);

-- What a strategy's alerts claimed last to hold.
CREATE TABLE "claims" (
    "hook_id" TEXT NOT NULL,
    "strategy" TEXT NOT NULL,
    "symbol" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "position" DECIMAL(65,30),
    "prev_position" DECIMAL(65,30),
    "gap_from" DECIMAL(65,30),
    "time" TIMESTAMPTZ(3),
    "signal_id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "claims_pkey" PRIMARY KEY ("hook_id", "strategy", "symbol", "account_id")
);
