import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { refusalError } from '../apiClient.ts';
import { CliError, usageError } from '../cliError.ts';
import type { CliCall, CliCommand } from '../command.ts';
import { describeStory, isOver, type Story } from '../story.ts';

const POLL_MS = 100;

export const sendCommand: CliCommand = {
  name: 'send',
  usage: '<hook URL or key> [<message>] [--action buy --symbol BTCUSDT --quantity 0.001 …] [--wait <seconds>]',
  summary: 'Post a test alert to a hook and follow it to its fill',
  details: [
    'The message is an alert, JSON or text; left out, it is made of the options (default: buy 0.001 BTCUSDT).',
    'SIGNALMAN_HOOK_SECRET is put into a message made of options; SIGNALMAN_HOOK_HMAC_KEY signs the request. Exit code 1 unless the signal ends as done.',
  ],
  options: {
    action: { type: 'string' },
    symbol: { type: 'string' },
    quantity: { type: 'string' },
    account: { type: 'string' },
    id: { type: 'string' },
    wait: { type: 'string' },
  },
  arguments: [1, 2],
  async run(call) {
    const [hook = '', given] = call.positionals;
    const url = /^https?:\/\//.test(hook) ? hook : `${call.api.url}/hooks/${encodeURIComponent(hook)}`;
    const signalId = await post(call, url, given ?? messageFrom(call));
    if (!call.json) call.terminal.out(`Accepted as signal ${signalId}.`);
    const story = await follow(call, signalId, waitMs(call));
    call.print(story, () => describeStory(story) + (isOver(story) ? '' : `\n\nNot over yet; see: signalman signal show ${signalId}`));
    return story.status === 'done' ? 0 : 1;
  },
};

function messageFrom(call: CliCall): string {
  const secret = call.environment.SIGNALMAN_HOOK_SECRET;
  const action = call.text('action') ?? 'buy';
  const quantity = call.text('quantity') ?? (['buy', 'sell', 'long', 'short'].includes(action) ? '0.001' : undefined);
  return JSON.stringify({
    ...(secret ? { secret } : {}),
    action,
    symbol: call.text('symbol') ?? 'BTCUSDT',
    quantity,
    account: call.text('account'),
    id: call.text('id'),
  });
}

/** As TradingView does: JSON when the message is JSON, text otherwise. */
async function post(call: CliCall, url: string, message: string): Promise<string> {
  const type = message.trimStart().startsWith('{') ? 'application/json' : 'text/plain';
  const headers = { 'content-type': type, ...signatureHeaders(call.environment.SIGNALMAN_HOOK_HMAC_KEY, message) };
  const response = await call.api.fetch(url, { method: 'POST', headers, body: message });
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as { signalId?: string }) : {};
  if (response.status === 401)
    throw new CliError(
      'The hook refused it: its URL, secret or signature is wrong; "signalman hook rotate <name>" makes new ones. (UNAUTHORIZED)',
      {
        data: body,
      },
    );
  if (response.status !== 202 || body.signalId === undefined) throw refusalError(response.status, body);
  return body.signalId;
}

/** Signed as hooks with the layer hmac demand (docs/webhook-security.md). */
function signatureHeaders(key: string | undefined, body: string): Record<string, string> {
  if (!key) return {};
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
  return { 'x-signalman-timestamp': timestamp, 'x-signalman-signature': `sha256=${signature}` };
}

/** Asks for the story until it is over or the time is up. The signal appears once the leader has taken it from the log. */
async function follow(call: CliCall, signalId: string, forMs: number): Promise<Story> {
  const path = `/api/v1/signals/${encodeURIComponent(signalId)}`;
  const deadline = performance.now() + forMs;
  let story: Story = { id: signalId, hook: null, status: 'accepted', code: null, message: null, receivedAt: '', orders: [], events: [] };
  for (;;) {
    story = (await find(call, path)) ?? story;
    if (isOver(story) || performance.now() >= deadline) return story;
    await delay(POLL_MS);
  }
}

async function find(call: CliCall, path: string): Promise<Story | null> {
  try {
    return await call.api.get<Story>(path);
  } catch (error) {
    if ((error as { data?: { code?: string } }).data?.code === 'NOT_FOUND') return null;
    throw error;
  }
}

function waitMs(call: CliCall): number {
  const text = call.text('wait') ?? '10';
  if (!/^\d{1,4}$/.test(text)) throw usageError('--wait must be a number of seconds.');
  return Number(text) * 1000;
}
