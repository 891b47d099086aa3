import { usageError } from '../cliError.ts';
import type { CliCall, CliCommand } from '../command.ts';
import { describePreflight, type Preflight, SAMPLE_OPTIONS, sampleOf } from '../preflight.ts';
import { facts, table } from '../table.ts';

interface Hook {
  readonly id: string;
  readonly name: string;
  readonly layers: readonly string[];
  readonly accounts: readonly string[];
  readonly maxAgeSec: number;
  readonly enabled: boolean;
  readonly oldWorksUntil: Readonly<Record<'key' | 'secret' | 'hmacKey', string | null>>;
}

/** What is shown once, in whatever was made or renewed. */
interface HookWithKeys extends Hook {
  readonly url?: string;
  readonly secret?: string;
  readonly hmacKey?: string;
  readonly preflight?: Preflight;
}

const hooksPath = '/api/v1/hooks';
const pathOf = (call: CliCall): string => `${hooksPath}/${encodeURIComponent(call.positionals[0] ?? '')}`;

const create: CliCommand = {
  name: 'hook create',
  usage:
    '<name> --account <name>… [--layers ip,path,secret,hmac,mtls] [--allow <cidr>…] [--max-age <seconds>] [--rate <per minute>] [--approval <seconds>[,<max drift>%]] [--on-gap ignore|tell|ask|halt|catch_up] [--sample <message or @file> [--symbol <ticker>]]',
  summary: 'Make a URL for TradingView; it is shown once',
  options: {
    account: { type: 'string', multiple: true },
    layers: { type: 'string' },
    layer: { type: 'string', multiple: true },
    allow: { type: 'string', multiple: true },
    'max-age': { type: 'string' },
    rate: { type: 'string' },
    approval: { type: 'string' },
    'on-gap': { type: 'string' },
    ...SAMPLE_OPTIONS,
  },
  details: [
    'Layers: ip and path by default (path is always on). secret: a field in every alert; hmac: signed requests, for senders of your own;',
    'mtls: the client certificate of TradingView. --layer <name>… adds to ip and path instead.',
    '--allow adds addresses that may post to this hook only.',
    '--approval 300,0.5%: entries wait 300 s for a person, and are carried out only if the price is within 0.5 % of that at arrival.',
    '--on-gap: what is done when an alert does not follow from the one before it; see docs/alerts.md, "Missed and late alerts".',
    '--sample: the message you will paste into TradingView. It is tried, not sent or kept: what each account would do, or what is wrong and',
    'what would work. Placeholders are filled in, {{ticker}} by --symbol. The hook is made whatever it says.',
  ],
  arguments: [1, 1],
  async run(call) {
    const layers = layersOf(call);
    const body = {
      name: call.positionals[0],
      accounts: call.texts('account'),
      allowlist: call.texts('allow'),
      ...(layers === null ? {} : { layers }),
      ...seconds(call, 'max-age', 'maxAgeSec'),
      ...seconds(call, 'rate', 'ratePoints'),
      ...approval(call),
      ...(call.text('on-gap') === undefined ? {} : { onGap: call.text('on-gap') }),
      ...sampleOf(call),
    };
    if (body.accounts.length === 0) throw usageError('Say where its orders go: --account <name>.');
    const hook = await call.api.send<HookWithKeys>('POST', hooksPath, body);
    const tried = hook.preflight ? `\n\n${describePreflight(hook.preflight)}` : '';
    call.print(hook, () => shownOnce(hook, `Hook "${hook.name}" is ready.`) + tried);
    return undefined;
  },
};

const list: CliCommand = {
  name: 'hook list',
  usage: '',
  summary: 'Show the hooks',
  arguments: [0, 0],
  async run(call) {
    const hooks = await call.api.get<{ items: Hook[] }>(`${hooksPath}?limit=200`);
    call.print(hooks, () => {
      if (hooks.items.length === 0) return 'No hook yet; "signalman hook create <name> --account <name>" makes one.';
      const rows = hooks.items.map((hook) => [
        hook.name,
        hook.accounts.join(', '),
        hook.layers.join('+'),
        `${hook.maxAgeSec} s`,
        hook.enabled ? 'on' : 'off',
        oldWorks(hook),
        hook.id,
      ]);
      return table(['NAME', 'ACCOUNTS', 'LAYERS', 'MAX AGE', 'STATE', 'OLD WORKS UNTIL', 'ID'], rows);
    });
    return undefined;
  },
};

const rotate: CliCommand = {
  name: 'hook rotate',
  usage: '<name or id> [--what key,secret,hmacKey] [--overlap <seconds>]',
  summary: 'Give a hook a new URL (secret, HMAC key); the old one works for an hour beside it',
  details: [
    'Left out, --what is everything the hook has. Another rotation ends the older at once.',
    'After a leak: --overlap 0 ends the old at once, "signalman hook revoke" the whole hook.',
  ],
  options: { what: { type: 'string' }, overlap: { type: 'string' } },
  arguments: [1, 1],
  async run(call) {
    const what = call.text('what')?.split(',');
    const overlap = call.text('overlap');
    if (overlap !== undefined && !/^\d{1,7}$/.test(overlap)) throw usageError('--overlap must be a whole number of seconds.');
    const body = { ...(what ? { what } : {}), ...(overlap === undefined ? {} : { overlapSec: Number(overlap) }) };
    const hook = await call.api.send<HookWithKeys>('POST', `${pathOf(call)}/rotate`, body);
    const until = oldWorks(hook);
    const old = until === '' ? 'The old is refused from now on.' : `The old works until ${until}.`;
    call.print(hook, () => shownOnce(hook, `Hook "${hook.name}" is renewed. ${old}`));
    return undefined;
  },
};

const revoke: CliCommand = {
  name: 'hook revoke',
  usage: '<name or id>',
  summary: 'Remove a hook for good',
  arguments: [1, 1],
  async run(call) {
    await call.api.send('DELETE', pathOf(call));
    call.print({ revoked: call.positionals[0] }, () => `Hook "${call.positionals[0]}" is revoked: its URL is refused from now on.`);
    return undefined;
  },
};

export const hookCommands: readonly CliCommand[] = [create, list, rotate, revoke];

function layersOf(call: CliCall): readonly string[] | null {
  const listed = call.text('layers')?.split(',');
  const added = call.texts('layer');
  if (!listed && added.length === 0) return null;
  return [...new Set([...(listed ?? ['ip', 'path']), ...added].map((layer) => layer.trim()))];
}

/** The latest time at which something that was replaced still works; '' when nothing does. */
function oldWorks({ oldWorksUntil }: Hook): string {
  return (
    Object.values(oldWorksUntil)
      .filter((until) => until !== null)
      .sort()
      .at(-1) ?? ''
  );
}

function seconds(call: CliCall, option: string, field: string): Record<string, number> {
  const text = call.text(option);
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,6}$/.test(text)) throw usageError(`--${option} must be a whole number above zero.`);
  return { [field]: Number(text) };
}

function approval(call: CliCall): { approval?: { expiresSec: number; maxDriftPercent: string | null } } {
  const text = call.text('approval');
  if (text === undefined) return {};
  const [, expiresSec, maxDriftPercent = null] = /^(\d{2,4})(?:,(\d{1,3}(?:\.\d{1,6})?)%?)?$/.exec(text) ?? [];
  if (expiresSec === undefined) throw usageError('--approval takes seconds and, if wanted, how far the price may move: 300 or 300,0.5%.');
  return { approval: { expiresSec: Number(expiresSec), maxDriftPercent } };
}

function shownOnce(hook: HookWithKeys, sentence: string): string {
  const message = { ...(hook.secret === undefined ? {} : { secret: hook.secret }), action: 'buy', symbol: '{{ticker}}', quantity: '10%' };
  const shown = facts([
    ...(hook.url === undefined ? [] : [['URL', hook.url] as const]),
    ...(hook.secret === undefined ? [] : [['Secret', hook.secret] as const]),
    ...(hook.hmacKey === undefined ? [] : [['HMAC key', hook.hmacKey] as const]),
    ['Accounts', hook.accounts.join(', ')],
  ]);
  const text = `${sentence} Keep this now, it is not shown again:\n\n${shown}`;
  if (hook.layers.includes('hmac')) return `${text}\n\nTry it: SIGNALMAN_HOOK_HMAC_KEY=<HMAC key> signalman send <URL>`;
  return `${text}\n\nA message for TradingView:\n${JSON.stringify(message)}`;
}
