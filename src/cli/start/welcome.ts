import type { FirstStart } from './firstStart.ts';

const ALERT =
  '{"action":"{{strategy.order.action}}","symbol":"{{ticker}}","quantity":"{{strategy.order.contracts}}","id":"{{strategy.order.id}}-{{timenow}}-{{strategy.position_size}}","time":"{{timenow}}"}';

/** What a newcomer sees once the instance is ready: what to paste, where to look. Secrets appear on the first start only. */
export function welcome(options: {
  readonly url: string;
  readonly embedded: boolean;
  readonly first: FirstStart | null;
  readonly version: string;
  /** Only this machine can connect: it may post without being on the whitelist. */
  readonly loopback: boolean;
  /** Admins set up a second factor before anything else. */
  readonly mustEnrol: boolean;
}): string {
  const { url, embedded, first, version } = options;
  const lines = [
    ``,
    `Signalman ${version} is ready at ${url}`,
    `  API and documentation   ${url}/docs`,
    `  Health, readiness        ${url}/health  ${url}/ready`,
  ];
  if (first) lines.push(...firstStartLines(url, first, options));
  if (!first && embedded) lines.push('', 'Webhook keys are shown once, when they are made. Lost yours? npx signalman hook rotate demo');
  if (embedded)
    lines.push(
      '',
      "The paper account trades at SYNTHETIC prices: made up, not any market's. See docs/venues.md for real feeds and exchanges.",
    );
  return `${lines.join('\n')}\n`;
}

type Door = Pick<Parameters<typeof welcome>[0], 'loopback' | 'mustEnrol'>;

function firstStartLines(url: string, first: FirstStart, { loopback, mustEnrol }: Door): string[] {
  const lines = ['', `Admin                      ${first.adminEmail}`];
  if (first.adminPassword !== null) lines.push(`Password (shown once)      ${first.adminPassword}`);
  if (mustEnrol)
    lines.push(
      `Then, before anything else  npx signalman user totp ${first.adminEmail}        a second factor: this server can be reached from elsewhere`,
    );
  if (first.hookKey === null) return lines;
  const hook = `${url}/hooks/${first.hookKey}`;
  return [
    ...lines,
    `Webhook URL (shown once)   ${hook}`,
    '',
    'Try it:',
    ...(loopback
      ? []
      : ['  npx signalman whitelist add 127.0.0.1 --for 1h     others can connect here, so hooks answer listed addresses only']),
    `  curl -s -X POST ${hook} -H 'Content-Type: application/json' -d '{"action":"buy","symbol":"BTCUSDT","quantity":"0.01"}'`,
    `  npx signalman signal show last        the whole story: order, fill, position`,
    '  (the same message within a minute counts as the same alert; give it an "id" of its own to repeat it)',
    '',
    'For TradingView, make the server reachable at ports 80 or 443 (docs/deploy.md) and paste as the alert message of a strategy:',
    `  ${ALERT}`,
  ];
}
