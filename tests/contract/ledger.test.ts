import { createMemoryLedger } from '../../src/ledger/memoryLedger.ts';

import { ledgerContract } from './ledgerContract.ts';
import { EPOCH } from './ledgerFixture.ts';
import { openPostgresLedger } from './ledgerPostgres.ts';

ledgerContract('Postgres', openPostgresLedger);

ledgerContract('memory', async () => {
  let epoch = EPOCH;
  const ledger = createMemoryLedger(() => epoch);
  const depose = async (): Promise<number> => {
    epoch += 1;
    return epoch;
  };
  return { ledger, depose, successor: () => ledger, close: async () => undefined };
});
