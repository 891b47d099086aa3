-- Who changes holder or epoch, also by hand, waits for a write of the old epoch that is under way: a change of a unique key
-- locks the row FOR UPDATE, which the fence's FOR KEY SHARE keeps out. A renewal changes neither, and waits for nobody.
CREATE UNIQUE INDEX "leader_lease_epoch_holder_key" ON "leader_lease" ("epoch", "holder");
