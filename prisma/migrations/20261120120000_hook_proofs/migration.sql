-- What a hook's senders prove themselves with, and what the last rotation replaced: that works until its time is up.
ALTER TABLE "hooks"
    ADD COLUMN "sealed_hmac_key" TEXT,
    ADD COLUMN "old_key_hash" TEXT,
    ADD COLUMN "old_key_until" TIMESTAMPTZ(3),
    ADD COLUMN "old_secret_hash" TEXT,
    ADD COLUMN "old_secret_until" TIMESTAMPTZ(3),
    ADD COLUMN "sealed_old_hmac_key" TEXT,
    ADD COLUMN "old_hmac_key_until" TIMESTAMPTZ(3);

-- As before, and with a nonce besides: a command that carries one is stored only if no accepted command carried it within its life.
-- It is remembered in the transaction that stores the command (or counts it as a repeat of a stored one), so a nonce is spent
-- exactly when its command is safe, and free again when it is not.
-- Verdicts: stored | duplicate | conflict | replayed (standing_id: the command that spent the nonce).
CREATE FUNCTION "append_commands"(
    ids UUID[], bodies JSON[], actors JSON[], correlation_ids TEXT[], keys TEXT[], key_ttls_ms BIGINT[], content_hashes TEXT[],
    nonces TEXT[], nonce_ttls_ms BIGINT[]
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
            SELECT d.command_id INTO standing_id
                FROM command_dedupe d WHERE d.key = nonces[i] AND d.expires_at > clock_timestamp();
            IF FOUND THEN
                verdict := 'replayed';
            ELSE
                SELECT d.command_id, d.content_hash INTO standing_id, standing_hash
                    FROM command_dedupe d WHERE d.key = keys[i] AND d.expires_at > clock_timestamp();
                IF NOT FOUND THEN
                    verdict := 'stored';
                    standing_id := ids[i];
                    stored_any := true;
                    INSERT INTO command_log AS l (id, body, actor, correlation_id)
                        VALUES (ids[i], bodies[i], actors[i], correlation_ids[i])
                        RETURNING l.seq, l.received_at INTO stored_seq, stored_at;
                ELSIF standing_id <> ids[i] AND standing_hash <> content_hashes[i] THEN
                    verdict := 'conflict';
                END IF;
                INSERT INTO command_dedupe AS d (key, command_id, content_hash, expires_at)
                    SELECT claim.key, standing_id, claim.hash, clock_timestamp() + claim.ttl_ms * INTERVAL '1 millisecond'
                    FROM (VALUES
                        (keys[i], content_hashes[i], key_ttls_ms[i], verdict = 'stored'),
                        (nonces[i], '', nonce_ttls_ms[i], verdict <> 'conflict')
                    ) AS claim (key, hash, ttl_ms, wanted)
                    WHERE claim.key IS NOT NULL AND claim.wanted
                    ON CONFLICT ON CONSTRAINT command_dedupe_pkey DO UPDATE -- Only an expired one can be in the way.
                    SET command_id = excluded.command_id, content_hash = excluded.content_hash, expires_at = excluded.expires_at;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
    IF stored_any THEN
        PERFORM pg_notify('signalman_command', '');
    END IF;
END
$$;

-- Instances of the version before, while they still run beside this one.
CREATE OR REPLACE FUNCTION "append_commands"(
    ids UUID[], bodies JSON[], actors JSON[], correlation_ids TEXT[], keys TEXT[], key_ttls_ms BIGINT[], content_hashes TEXT[]
) RETURNS TABLE ("place" BIGINT, "verdict" TEXT, "standing_id" UUID, "stored_seq" BIGINT, "stored_at" TIMESTAMPTZ)
LANGUAGE sql AS $$
    SELECT * FROM append_commands(
        ids, bodies, actors, correlation_ids, keys, key_ttls_ms, content_hashes, ARRAY[]::TEXT[], ARRAY[]::BIGINT[]
    )
$$;
