import { usageError } from '../cliError.ts';
import type { CliCall, CliCommand } from '../command.ts';
import { facts, table } from '../table.ts';

interface Hook {
  readonly id: string;
  readonly name: string;
  readonly layers: readonly string[];
  readonly accounts: readonly string[];
  readonly maxAgeSec: number;
  readonly enabled: boolean;
}

interface HookWithKey extends Hook {
  readonly url: string;
  readonly secret?: string;
}

const hooksPath = '/api/v1/hooks';
const pathOf = (call: CliCall): string => `${hooksPath}/${encodeURIComponent(call.positionals[0] ?? '')}`;

const create: CliCommand = {
  name: 'hook create',
  usage: '<name> --account <name>… [--layer secret] [--allow <cidr>…] [--max-age <seconds>] [--rate <per minute>]',
  summary: 'Make a URL for TradingView; it is shown once',
  options: {
    account: { type: 'string', multiple: true },
    layer: { type: 'string', multiple: true },
    allow: { type: 'string', multiple: true },
    'max-age': { type: 'string' },
    rate: { type: 'string' },
  },
  details: [
    'Layers: ip and path are on by default; --layer secret asks for a `secret` field in every alert besides.',
    '--allow adds addresses that may post to this hook only.',
  ],
  arguments: [1, 1],
  async run(call) {
    const layers = call.texts('layer');
    const body = {
      name: call.positionals[0],
      accounts: call.texts('account'),
      allowlist: call.texts('allow'),
      ...(layers.length > 0 ? { layers: [...new Set(['ip', 'path', ...layers])] } : {}),
      ...seconds(call, 'max-age', 'maxAgeSec'),
      ...seconds(call, 'rate', 'ratePoints'),
    };
    if (body.accounts.length === 0) throw usageError('Say where its orders go: --account <name>.');
    const hook = await call.api.send<HookWithKey>('POST', hooksPath, body);
    call.print(hook, () => shownOnce(hook, `Hook "${hook.name}" is ready.`));
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
        hook.id,
      ]);
      return table(['NAME', 'ACCOUNTS', 'LAYERS', 'MAX AGE', 'STATE', 'ID'], rows);
    });
    return undefined;
  },
};

const rotate: CliCommand = {
  name: 'hook rotate',
  usage: '<name or id>',
  summary: 'Give a hook a new URL; the old one stops working at once',
  arguments: [1, 1],
  async run(call) {
    const hook = await call.api.send<HookWithKey>('POST', `${pathOf(call)}/rotate`, {});
    call.print(hook, () => shownOnce(hook, `Hook "${hook.name}" has a new key; the old URL is refused from now on.`));
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

function seconds(call: CliCall, option: string, field: string): Record<string, number> {
  const text = call.text(option);
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,6}$/.test(text)) throw usageError(`--${option} must be a whole number above zero.`);
  return { [field]: Number(text) };
}

function shownOnce(hook: HookWithKey, sentence: string): string {
  const message = { ...(hook.secret === undefined ? {} : { secret: hook.secret }), action: 'buy', symbol: '{{ticker}}', quantity: '10%' };
  const shown = facts([
    ['URL', hook.url],
    ['Secret', hook.secret ?? '(this hook asks for none)'],
    ['Accounts', hook.accounts.join(', ')],
  ]);
  return `${sentence} Keep this now, it is not shown again:\n\n${shown}\n\nA message for TradingView:\n${JSON.stringify(message)}`;
}
