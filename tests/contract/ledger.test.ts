import { derivativesContract } from './derivativesContract.ts';
import { ledgerContract } from './ledgerContract.ts';
import { openPostgresLedger } from './ledgerPostgres.ts';
import { ledgerReconciliationContract } from './ledgerReconciliation.ts';
import { ledgerRoutesContract } from './ledgerRoutes.ts';
import { openMemoryLedger } from './memoryLedger.ts';

for (const [name, open] of [
  ['Postgres', openPostgresLedger],
  ['memory', openMemoryLedger],
] as const) {
  ledgerContract(name, open);
  derivativesContract(name, open);
  ledgerReconciliationContract(name, open);
  ledgerRoutesContract(name, open);
}
