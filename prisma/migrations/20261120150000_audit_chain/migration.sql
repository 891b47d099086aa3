-- The audit trail as a chain (docs/adr/0020): every row holds the hash of the row before it, and its own over that and all it says.

ALTER TABLE "audit" ADD COLUMN "seq" BIGINT, ADD COLUMN "prev_hash" TEXT, ADD COLUMN "hash" TEXT;

-- One row: where the chain ends. Locked by whoever adds to it, so that there is one order of all entries.
CREATE TABLE "audit_head" (
    "id" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    CONSTRAINT "audit_head_pkey" PRIMARY KEY ("id")
);
INSERT INTO "audit_head" ("id", "seq", "hash") VALUES (1, 0, repeat('0', 64));

-- Null and text, told apart and delimited by length, so that no two entries share a canonical text.
CREATE FUNCTION "audit_field"("value" TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN "value" IS NULL THEN '-' ELSE octet_length(convert_to("value", 'UTF8'))::text || ':' || "value" END || chr(10)
$$;

-- src/ledger/auditChain.ts does the same and a test compares them. A column added to the table later is not covered until both say so.
CREATE FUNCTION "audit_hash"("entry" "audit") RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(
        "audit_field"("entry"."seq"::text) ||
        "audit_field"("entry"."prev_hash") ||
        "audit_field"("entry"."id") ||
        "audit_field"(to_char("entry"."at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ||
        "audit_field"("entry"."actor") ||
        "audit_field"("entry"."address") ||
        "audit_field"("entry"."action") ||
        "audit_field"("entry"."subject") ||
        "audit_field"("entry"."before"::text) ||
        "audit_field"("entry"."after"::text), 'UTF8')), 'hex')
$$;

-- What is there already, in the order in which it was shown.
DO $$
DECLARE
    "row_id" TEXT;
    "head" "audit_head"%ROWTYPE;
BEGIN
    SELECT * INTO "head" FROM "audit_head" WHERE "id" = 1;
    FOR "row_id" IN SELECT "id" FROM "audit" ORDER BY "at", "id" LOOP
        UPDATE "audit" SET "seq" = "head"."seq" + 1, "prev_hash" = "head"."hash" WHERE "id" = "row_id";
        UPDATE "audit" SET "hash" = "audit_hash"("audit") WHERE "id" = "row_id" RETURNING "seq", "hash" INTO "head"."seq", "head"."hash";
    END LOOP;
    UPDATE "audit_head" SET "seq" = "head"."seq", "hash" = "head"."hash" WHERE "id" = 1;
END
$$;

ALTER TABLE "audit" ALTER COLUMN "seq" SET NOT NULL, ALTER COLUMN "prev_hash" SET NOT NULL, ALTER COLUMN "hash" SET NOT NULL;
CREATE UNIQUE INDEX "audit_seq_key" ON "audit" ("seq");

-- The database itself links every new row, whoever inserts it. An entry that is there already (a retry) is left out here, because
-- `ON CONFLICT DO NOTHING` would come too late: the head would have moved.
CREATE FUNCTION "audit_link"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    "head" "audit_head"%ROWTYPE;
BEGIN
    SELECT * INTO STRICT "head" FROM "audit_head" WHERE "id" = 1 FOR UPDATE;
    IF EXISTS (SELECT FROM "audit" WHERE "id" = NEW."id") THEN
        RETURN NULL;
    END IF;
    NEW."seq" := "head"."seq" + 1;
    NEW."prev_hash" := "head"."hash";
    NEW."hash" := "audit_hash"(NEW);
    UPDATE "audit_head" SET "seq" = NEW."seq", "hash" = NEW."hash" WHERE "id" = 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER "audit_link" BEFORE INSERT ON "audit" FOR EACH ROW EXECUTE FUNCTION "audit_link"();

CREATE FUNCTION "audit_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The head moves from within "audit_link" and from nowhere else.
    IF TG_TABLE_NAME = 'audit_head' AND TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'SM002';
END
$$;
CREATE TRIGGER "audit_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_append_only"();
CREATE TRIGGER "audit_head_append_only" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON "audit_head"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_append_only"();
