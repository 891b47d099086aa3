-- People: second factors, sessions of browsers, tokens of programs.

-- E-mail addresses are told apart without regard to case from now on. Of several that differ in case only, the newest stays in use.
UPDATE "users" SET "email" = lower("email") WHERE NOT EXISTS (
  SELECT FROM "users" AS other WHERE lower(other."email") = lower("users"."email")
    AND (other."created_at", other."id") > ("users"."created_at", "users"."id"));

ALTER TABLE "users"
  ADD COLUMN "name" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "sealed_totp" TEXT,
  ADD COLUMN "sealed_totp_pending" TEXT,
  ADD COLUMN "totp_last_step" BIGINT,
  ADD COLUMN "recovery_hashes" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "disabled_at" TIMESTAMPTZ(3);

DROP INDEX "users_email_idx";
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

CREATE TABLE "sessions" (
  "id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "token_hash" TEXT NOT NULL,
  "address" TEXT,
  "agent" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,

  CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

CREATE TABLE "api_tokens" (
  "id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "token_hash" TEXT NOT NULL,
  "scopes" TEXT[],
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "last_used_at" TIMESTAMPTZ(3),

  CONSTRAINT "api_tokens_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "api_tokens_token_hash_key" ON "api_tokens"("token_hash");
