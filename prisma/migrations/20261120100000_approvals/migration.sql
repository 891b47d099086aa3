-- Semi-automatic hooks: what a hook demands, and what became of each demand. Prices are JSON: account, symbol, price as text.
ALTER TABLE "hooks" ADD COLUMN "approval" JSON;

CREATE TABLE "approvals" (
    "signal_id" TEXT NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "max_drift_percent" TEXT,
    "prices" JSON NOT NULL,
    "decision" TEXT,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    CONSTRAINT "approvals_pkey" PRIMARY KEY ("signal_id")
);
-- The command that set a mode last: an older one that is delivered again must not set it anew.
ALTER TABLE "trading_modes" ADD COLUMN "command_seq" BIGINT;
