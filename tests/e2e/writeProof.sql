-- Watches who writes the ledger, independently of the fence that is to keep the wrong ones out. For tests only; see writeProof.ts.
--   proof.writes       one row per committed transaction that wrote a watched table: the epoch it claimed to lead (null when it claimed none),
--                      and the highest epoch there was the moment before it was committed
--   proof.part_moves   every change of the status of a signal on an account
CREATE SCHEMA proof;

CREATE TABLE proof.writes (
    xid XID8 PRIMARY KEY,
    claimed BIGINT,
    session TEXT NOT NULL,
    written TEXT NOT NULL,
    highest BIGINT
);

CREATE TABLE proof.part_moves (
    seq BIGSERIAL PRIMARY KEY,
    signal_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL
);

-- What the fence is asked for is what the writer believes. The fence itself stays as it is, behind another name.
ALTER FUNCTION public.assert_leader(BIGINT, TEXT) RENAME TO assert_leader_unwatched;
CREATE FUNCTION public.assert_leader(wanted_epoch BIGINT, wanted_holder TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('proof.claimed', wanted_epoch::text, true);
    PERFORM public.assert_leader_unwatched(wanted_epoch, wanted_holder);
END
$$;

CREATE FUNCTION proof.note_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO proof.writes (xid, claimed, session, written)
        VALUES (pg_current_xact_id(), nullif(current_setting('proof.claimed', true), '')::bigint, current_setting('application_name'), TG_TABLE_NAME)
        ON CONFLICT (xid) DO NOTHING;
    RETURN NULL;
END
$$;

-- Deferred, so it runs when everything else of the transaction is done, in a snapshot of that moment.
CREATE FUNCTION proof.note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE proof.writes SET highest = (SELECT epoch FROM public.leader_lease) WHERE xid = NEW.xid;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT ON proof.writes DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION proof.note_commit();

CREATE FUNCTION proof.note_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO proof.part_moves (signal_id, account_id, from_status, to_status)
        VALUES (NEW.signal_id, NEW.account_id, CASE TG_OP WHEN 'UPDATE' THEN OLD.status END, NEW.status);
    RETURN NULL;
END
$$;
CREATE TRIGGER note_part AFTER INSERT OR UPDATE ON public.signal_parts FOR EACH ROW EXECUTE FUNCTION proof.note_part();

-- Everything but what any instance may write: the command log, the lease, and who is there.
DO $$
DECLARE
    watched TEXT;
BEGIN
    FOR watched IN
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.relname NOT IN ('command_log', 'command_dedupe', 'leader_lease', 'instances', '_prisma_migrations')
    LOOP
        EXECUTE format('CREATE TRIGGER note_write AFTER INSERT OR UPDATE OR DELETE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION proof.note_write()', watched);
    END LOOP;
END
$$;
