-- Base units a part carries out of an order over several accounts; decided once, before anything is sent.
ALTER TABLE "signal_parts" ADD COLUMN "share" DECIMAL(65,30);
