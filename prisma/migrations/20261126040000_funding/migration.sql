-- What holding a perpetual cost or brought: payments as the venue lists them, and up to when it has been asked, per account.
CREATE TABLE "funding_payments" (
    "id" UUID NOT NULL,
    "account_id" TEXT NOT NULL,
    "venue_id" TEXT NOT NULL,
    "symbol" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "amount" DECIMAL(65,30) NOT NULL,
    "realized_pnl" DECIMAL(65,30) NOT NULL,
    "balance_delta" DECIMAL(65,30) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "funding_payments_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "funding_payments_at_id_idx" ON "funding_payments"("at", "id");
CREATE INDEX "funding_payments_account_id_at_idx" ON "funding_payments"("account_id", "at");

CREATE TABLE "funding_cursors" (
    "account_id" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "funding_cursors_pkey" PRIMARY KEY ("account_id")
);

-- When the venue's own figure last took the place of ours: a payment from before that is contained in it.
ALTER TABLE "balances" ADD COLUMN "set_at" TIMESTAMPTZ(3);
UPDATE "balances" SET "set_at" = "updated_at";
