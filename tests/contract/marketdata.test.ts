import { createMemoryCandleStore } from '../../src/marketdata/memoryCandleStore.ts';
import { candleStoreContract, EPOCH } from './marketdataContract.ts';
import { openPostgresCandles } from './marketdataPostgres.ts';

candleStoreContract('Postgres', openPostgresCandles);

candleStoreContract('memory', async () => {
  let epoch = EPOCH;
  const store = createMemoryCandleStore(() => epoch);
  return {
    ...{ store, reader: store },
    depose: async () => {
      epoch += 1;
      return { epoch, store };
    },
    notices: async () => [...store.notices.keys()],
    close: async () => undefined,
  };
});
