-- Whose accounts and hooks are (nobody's: the house's), whether an account may trade, and changes that wait for a second admin.

ALTER TABLE "accounts"
  ADD COLUMN "owner_id" TEXT,
  ADD COLUMN "enabled" BOOLEAN NOT NULL DEFAULT true;

ALTER TABLE "hooks" ADD COLUMN "owner_id" TEXT;

ALTER TABLE "signals" ADD COLUMN "owner_id" TEXT;

CREATE TABLE "proposals" (
  "id" TEXT NOT NULL,
  "topic" TEXT NOT NULL,
  "command" JSON NOT NULL,
  "summary" TEXT NOT NULL,
  "proposed_by" TEXT NOT NULL,
  "proposer_id" TEXT,
  "proposed_at" TIMESTAMPTZ(3) NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "status" TEXT NOT NULL,
  "decided_by" TEXT,
  "decided_at" TIMESTAMPTZ(3),
  "decision_id" TEXT,

  CONSTRAINT "proposals_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "proposals_proposed_at_idx" ON "proposals"("proposed_at");
