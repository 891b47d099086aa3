import { createMemoryLedger } from '../../src/ledger/memoryLedger.ts';
import { EPOCH, type LedgerUnderTest } from './ledgerFixture.ts';

export async function openMemoryLedger(): Promise<LedgerUnderTest> {
  let epoch = EPOCH;
  const ledger = createMemoryLedger(() => epoch);
  const depose = async (): Promise<number> => {
    epoch += 1;
    return epoch;
  };
  return { ledger, depose, successor: () => ledger, close: async () => undefined };
}
