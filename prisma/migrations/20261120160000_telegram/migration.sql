-- Notices with buttons: what pressing one does, where the message is, who pressed first, and when its buttons were taken away.
ALTER TABLE "outbox"
    ADD COLUMN "buttons" JSON,
    ADD COLUMN "expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "recipient_id" TEXT,
    ADD COLUMN "choice_id" TEXT,
    ADD COLUMN "chat" TEXT,
    ADD COLUMN "message_id" TEXT,
    ADD COLUMN "pressed_label" TEXT,
    ADD COLUMN "pressed_by" TEXT,
    ADD COLUMN "pressed_at" TIMESTAMPTZ(3),
    ADD COLUMN "pressed_result" TEXT,
    ADD COLUMN "closed_at" TIMESTAMPTZ(3);
CREATE INDEX "outbox_choice_idx" ON "outbox" ("choice_id") WHERE "choice_id" IS NOT NULL;
CREATE INDEX "outbox_open_choice_idx" ON "outbox" ("seq") WHERE "choice_id" IS NOT NULL AND "closed_at" IS NULL;

-- Who a person is on Telegram: the number of their account, which nobody can choose or hand on.
CREATE TABLE "telegram_links" (
    "telegram_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "linked_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "telegram_links_pkey" PRIMARY KEY ("telegram_id")
);
CREATE UNIQUE INDEX "telegram_links_user_id_key" ON "telegram_links" ("user_id");

-- One-time codes by their SHA-256.
CREATE TABLE "telegram_codes" (
    "code_hash" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    CONSTRAINT "telegram_codes_pkey" PRIMARY KEY ("code_hash")
);

-- The last update of each bot that a leader dealt with.
CREATE TABLE "telegram_cursors" (
    "bot" TEXT NOT NULL,
    "update_id" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "telegram_cursors_pkey" PRIMARY KEY ("bot")
);
