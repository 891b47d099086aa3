-- Who may knock, as admins decide it. Removed and expired entries are only marked, as all that people remove.
CREATE TABLE "whitelist" (
    "id" TEXT NOT NULL,
    "cidr" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    CONSTRAINT "whitelist_pkey" PRIMARY KEY ("id")
);

-- One row a network: the latest decision of an admin about it.
CREATE TABLE "ban_rulings" (
    "network" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3),
    "reason" TEXT,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "ban_rulings_pkey" PRIMARY KEY ("network")
);
