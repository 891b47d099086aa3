-- Command log -----------------------------------------------------------------------------------------------------------

CREATE TABLE "command_log" (
    "seq" BIGSERIAL NOT NULL,
    "id" UUID NOT NULL,
    "body" JSON NOT NULL,
    "actor" JSON NOT NULL,
    "correlation_id" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "acknowledged_at" TIMESTAMPTZ,
    CONSTRAINT "command_log_pkey" PRIMARY KEY ("seq")
);
CREATE UNIQUE INDEX "command_log_id_key" ON "command_log" ("id");
-- What the leader still has to carry out; what housekeeping may remove.
CREATE INDEX "command_log_open_idx" ON "command_log" ("seq") WHERE "acknowledged_at" IS NULL;
CREATE INDEX "command_log_acknowledged_at_idx" ON "command_log" USING BRIN ("acknowledged_at");

CREATE TABLE "command_dedupe" (
    "key" TEXT NOT NULL,
    "command_id" UUID NOT NULL,
    "content_hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "command_dedupe_pkey" PRIMARY KEY ("key")
);
CREATE INDEX "command_dedupe_expires_at_idx" ON "command_dedupe" ("expires_at");

-- Stores a batch of commands in one transaction, in the order given, and says what became of each.
--   Input: one array per field, equally long; keys, key_ttls_ms and content_hashes are null for a command without a dedupe key.
--   Output, per command: its place in the batch from 1, the verdict stored | duplicate | conflict, the id of the command that
--   stands (the first one's for a duplicate or conflict), and seq and time of a stored one.
-- Writers take turns under an advisory lock that is held until their commit is visible. So seq order is commit order, and a
-- reader that has seen a seq will never be shown a lower one later; and a key can be looked up before it is claimed.
-- One by one on purpose: each small statement keeps its plan, while one for the whole batch was planned anew at every call,
-- which cost a lone command several times as much and a large batch no less.
CREATE FUNCTION "append_commands"(
    ids UUID[], bodies JSON[], actors JSON[], correlation_ids TEXT[], keys TEXT[], key_ttls_ms BIGINT[], content_hashes TEXT[]
) RETURNS TABLE ("place" BIGINT, "verdict" TEXT, "standing_id" UUID, "stored_seq" BIGINT, "stored_at" TIMESTAMPTZ)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    standing_hash TEXT;
    stored_any BOOLEAN := false;
BEGIN
    PERFORM pg_advisory_xact_lock(1397311310, 1); -- 'SIGN', 1: appending commands.
    FOR i IN 1 .. cardinality(ids) LOOP
        place := i;
        verdict := 'duplicate';
        standing_id := ids[i];
        stored_seq := NULL;
        stored_at := NULL;
        IF NOT EXISTS (SELECT FROM command_log l WHERE l.id = ids[i]) THEN
            SELECT d.command_id, d.content_hash INTO standing_id, standing_hash
                FROM command_dedupe d WHERE d.key = keys[i] AND d.expires_at > clock_timestamp();
            IF NOT FOUND THEN
                verdict := 'stored';
                standing_id := ids[i];
                stored_any := true;
                INSERT INTO command_log AS l (id, body, actor, correlation_id)
                    VALUES (ids[i], bodies[i], actors[i], correlation_ids[i])
                    RETURNING l.seq, l.received_at INTO stored_seq, stored_at;
                IF keys[i] IS NOT NULL THEN
                    INSERT INTO command_dedupe AS d (key, command_id, content_hash, expires_at)
                        VALUES (keys[i], ids[i], content_hashes[i], clock_timestamp() + key_ttls_ms[i] * INTERVAL '1 millisecond')
                        ON CONFLICT ON CONSTRAINT command_dedupe_pkey DO UPDATE -- Only an expired one can be in the way.
                        SET command_id = excluded.command_id, content_hash = excluded.content_hash, expires_at = excluded.expires_at;
                END IF;
            ELSIF standing_id <> ids[i] AND standing_hash <> content_hashes[i] THEN
                verdict := 'conflict';
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
    IF stored_any THEN
        PERFORM pg_notify('signalman_command', '');
    END IF;
END
$$;

-- Marks commands as carried out. A crash of the server may forget the last few marks (no wait for the disk): those commands
-- are then delivered again, which every reader must expect anyway.
CREATE FUNCTION "acknowledge_commands"(seqs BIGINT[]) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE command_log SET acknowledged_at = clock_timestamp() WHERE seq = ANY (seqs) AND acknowledged_at IS NULL;
END
$$;

-- Leadership ------------------------------------------------------------------------------------------------------------

-- One row. Who writes as leader checks it in the same transaction:
--   SELECT FROM leader_lease WHERE id = 1 AND epoch = $1 FOR KEY SHARE
-- A change of holder locks the row FOR UPDATE, so it waits for such a transaction to end; a renewal does not.
CREATE TABLE "leader_lease" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "holder" TEXT NOT NULL,
    "epoch" BIGINT NOT NULL,
    "acquired_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "leader_lease_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "leader_lease_one_row" CHECK ("id" = 1)
);
INSERT INTO "leader_lease" ("holder", "epoch", "acquired_at", "expires_at") VALUES ('', 0, '-infinity', '-infinity');

-- Takes the lease when it is free, expired or the candidate's own; the new epoch, or null when another holds it.
CREATE FUNCTION "acquire_lease"(candidate TEXT, ttl_ms BIGINT) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
    new_epoch BIGINT;
BEGIN
    -- Without a lock first: candidates that only look must not get in the leader's way.
    PERFORM FROM leader_lease WHERE id = 1 AND (holder = candidate OR expires_at <= clock_timestamp());
    IF NOT FOUND THEN RETURN NULL; END IF;
    PERFORM FROM leader_lease WHERE id = 1 FOR UPDATE;
    UPDATE leader_lease
        SET holder = candidate, epoch = epoch + 1, acquired_at = clock_timestamp(),
            expires_at = clock_timestamp() + ttl_ms * INTERVAL '1 millisecond'
        WHERE id = 1 AND (holder = candidate OR expires_at <= clock_timestamp())
        RETURNING epoch INTO new_epoch;
    RETURN new_epoch;
END
$$;

CREATE TABLE "instances" (
    "id" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ NOT NULL,
    "last_seen_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "instances_pkey" PRIMARY KEY ("id")
);
