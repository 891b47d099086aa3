import { usageError } from '../cliError.ts';
import type { CliCommand } from '../command.ts';
import { orderTable, type StoryOrder } from '../story.ts';

const list: CliCommand = {
  name: 'order list',
  usage: '[--open] [--account <name>] [--symbol <symbol>] [--role entry|exit|take_profit|stop_loss|external] [--limit <n>]',
  summary: 'Show the latest orders',
  options: {
    open: { type: 'boolean' },
    account: { type: 'string' },
    symbol: { type: 'string' },
    role: { type: 'string' },
    limit: { type: 'string' },
  },
  arguments: [0, 0],
  async run(call) {
    const query = new URLSearchParams({ limit: call.text('limit') ?? '50' });
    if (call.flag('open')) query.set('open', 'true');
    for (const name of ['account', 'symbol', 'role']) {
      const value = call.text(name);
      if (value !== undefined) query.set(name, value);
    }
    const orders = await call.api.get<{ items: StoryOrder[] }>(`/api/v1/orders?${query}`);
    call.print(orders, () => (orders.items.length === 0 ? 'No order fits.' : orderTable(orders.items)));
    return undefined;
  },
};

const cancel: CliCommand = {
  name: 'order cancel',
  usage: '<id>',
  summary: 'Cancel an open order',
  arguments: [1, 1],
  async run(call) {
    const path = `/api/v1/orders/${encodeURIComponent(call.positionals[0] ?? '')}/cancel`;
    const order = await call.api.send<StoryOrder>('POST', path, {});
    call.print(order, () => `Order ${order.id} is ${order.status}.`);
    return undefined;
  },
};

const resolve: CliCommand = {
  name: 'order resolve',
  usage: '<id> --exists [--venue-order-id <id>] | --absent',
  summary: 'Say whether the venue has an order that is in doubt',
  details: ["Look at the venue's own list first. --absent gives the order up for good: it is never sent again."],
  options: { exists: { type: 'boolean' }, absent: { type: 'boolean' }, 'venue-order-id': { type: 'string' } },
  arguments: [1, 1],
  async run(call) {
    const exists = call.flag('exists');
    if (exists === call.flag('absent')) throw usageError('Say either --exists or --absent.');
    const path = `/api/v1/orders/${encodeURIComponent(call.positionals[0] ?? '')}/resolve`;
    const venueOrderId = call.text('venue-order-id');
    const order = await call.api.send<StoryOrder>('POST', path, { exists, ...(venueOrderId === undefined ? {} : { venueOrderId }) });
    call.print(order, () => `Order ${order.id} is ${order.status}.`);
    return undefined;
  },
};

export const orderCommands: readonly CliCommand[] = [list, cancel, resolve];
