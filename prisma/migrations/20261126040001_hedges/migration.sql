-- Rules that keep one position at a ratio of another, and how far the leader has come with each.
CREATE TABLE "hedges" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner_id" TEXT,
    "parent_account_id" TEXT NOT NULL,
    "parent_symbol" TEXT NOT NULL,
    "hedge_account_id" TEXT NOT NULL,
    "hedge_symbol" TEXT NOT NULL,
    "ratio" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "band" TEXT NOT NULL,
    "min_interval_sec" INTEGER NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "hedges_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "hedge_progress" (
    "hedge_id" TEXT NOT NULL,
    "step" INTEGER NOT NULL,
    "command_id" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "code" TEXT,
    "message" TEXT,
    "failures" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "hedge_progress_pkey" PRIMARY KEY ("hedge_id")
);
