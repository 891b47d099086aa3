import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The stages of an order's way; `signalman_stage_seconds{stage}` has one histogram each. */
export const STAGES = ['answer', 'append', 'queue', 'plan', 'intent', 'venue', 'outcome', 'notify'] as const;
export type Stage = (typeof STAGES)[number];

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(instance: string) {
  const registry = new Registry();
  registry.setDefaultLabels({ instance });
  collectDefaultMetrics({ register: registry, prefix: 'signalman_' });
  const registers = [registry];
  return {
    registry,
    stageSeconds: new Histogram({
      name: 'signalman_stage_seconds',
      help: 'Time an order spends in each stage of its way',
      labelNames: ['stage'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    alerts: new Counter({ name: 'signalman_alerts_total', help: 'Webhook requests by answer', labelNames: ['status', 'code'], registers }),
    signals: new Counter({
      name: 'signalman_signals_total',
      help: 'Signal parts by the status they ended in',
      labelNames: ['status', 'code'],
      registers,
    }),
    orders: new Counter({ name: 'signalman_orders_total', help: 'Order status changes', labelNames: ['venue', 'status'], registers }),
    fills: new Counter({ name: 'signalman_fills_total', help: 'Fills booked', labelNames: ['venue'], registers }),
    bans: new Counter({ name: 'signalman_bans_total', help: 'Addresses banned', registers }),
    limitsAlone: new Counter({
      name: 'signalman_limits_alone_total',
      help: 'Decisions about rates and bans made without Redis, from what this instance knows',
      registers,
    }),
    notices: new Counter({ name: 'signalman_notices_total', help: 'Notices by result', labelNames: ['result'], registers }),
    telegramUpdates: new Counter({
      name: 'signalman_telegram_updates_total',
      help: 'What people wrote to the Telegram bot, by what it was taken for',
      labelNames: ['result'],
      registers,
    }),
    leader: new Gauge({ name: 'signalman_leader', help: '1 while this instance leads', registers }),
    epoch: new Gauge({ name: 'signalman_epoch', help: 'Epoch of the last leadership this instance held', registers }),
    commandLag: new Gauge({ name: 'signalman_command_lag', help: 'Commands stored and not yet carried out', registers }),
    breakers: new Gauge({
      name: 'signalman_breaker',
      help: 'Circuit breakers: 0 closed, 1 being probed, 2 open',
      labelNames: ['breaker'],
      registers,
    }),
    ordersUnknown: new Gauge({ name: 'signalman_orders_unknown', help: 'Orders whose fate is being found out', registers }),
  };
}
