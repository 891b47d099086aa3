-- Copies of a notice share the id of the first of them, whether or not they have buttons.
DROP INDEX "outbox_choice_idx";
DROP INDEX "outbox_open_choice_idx";
ALTER TABLE "outbox" RENAME COLUMN "choice_id" TO "origin_id";
CREATE INDEX "outbox_choice_idx" ON "outbox" ("origin_id") WHERE "buttons" IS NOT NULL;
CREATE INDEX "outbox_open_choice_idx" ON "outbox" ("seq") WHERE "buttons" IS NOT NULL AND "closed_at" IS NULL;

-- One code a user, by its SHA-256; gone when used.
DROP TABLE "telegram_codes";
CREATE TABLE "telegram_codes" (
    "user_id" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "telegram_codes_pkey" PRIMARY KEY ("user_id")
);
