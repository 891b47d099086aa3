-- Orders that the leader carries out step by step: their terms, how far it has come, and which order a step belongs to.
ALTER TABLE "orders" ADD COLUMN "terms" JSON, ADD COLUMN "slice_of" UUID, ADD COLUMN "progress" JSON;
