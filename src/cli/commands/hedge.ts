import { allPages } from '../allPages.ts';
import { usageError } from '../cliError.ts';
import type { CliCommand } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { table } from '../table.ts';

interface Leg {
  readonly account: string;
  readonly symbol: string;
}

interface Hedge {
  readonly name: string;
  readonly parent: Leg;
  readonly hedge: Leg;
  readonly ratio: string;
  readonly by: string;
  readonly band: string;
  readonly enabled: boolean;
  readonly last: { readonly target: string; readonly code: string | null } | null;
}

const hedgesPath = '/api/v1/hedges';

const list: CliCommand = {
  name: 'hedge list',
  usage: '',
  summary: 'Show the rules that keep one position at a ratio of another',
  arguments: [0, 0],
  async run(call) {
    const hedges = await allPages<Hedge>(call.api, hedgesPath);
    call.print(hedges, () => {
      if (hedges.items.length === 0) return 'There is no hedge.';
      const rows = hedges.items.map(({ name, parent, hedge, ratio, by, band, enabled, last }) => {
        const state = enabled ? (last?.code ?? 'on') : 'off';
        return [name, legText(parent), legText(hedge), `${ratio} ${by}`, band, state, last?.target ?? null];
      });
      return table(['NAME', 'PARENT', 'HEDGE', 'RATIO', 'BAND', 'STATE', 'LAST TARGET'], rows);
    });
    return undefined;
  },
};

const add: CliCommand = {
  name: 'hedge add',
  usage: '<name> --parent <account:symbol> --hedge <account:symbol> --ratio=-1 [--by base|notional] [--band 5%] [--every 5s] [--stopped]',
  summary: 'Keep a position at a ratio of another',
  details: [
    '--ratio=-1 holds the opposite, of equal size. The position of the hedge belongs to the rule, which closes it with its parent.',
  ],
  options: {
    parent: { type: 'string' },
    hedge: { type: 'string' },
    ratio: { type: 'string' },
    by: { type: 'string' },
    band: { type: 'string' },
    every: { type: 'string' },
    stopped: { type: 'boolean' },
  },
  arguments: [1, 1],
  async run(call) {
    const [by, band, every] = ['by', 'band', 'every'].map((name) => call.text(name));
    const body = {
      name: call.positionals[0],
      parent: readLeg(call.text('parent'), '--parent'),
      hedge: readLeg(call.text('hedge'), '--hedge'),
      ratio: call.text('ratio'),
      ...(by === undefined ? {} : { by }),
      ...(band === undefined ? {} : { band }),
      ...(every === undefined ? {} : { minIntervalSec: parseDuration(every, '--every') }),
      enabled: !call.flag('stopped'),
    };
    const hedge = await call.api.send<Hedge>('POST', hedgesPath, body);
    call.print(
      hedge,
      () =>
        `${legText(hedge.hedge)} is kept at ${hedge.ratio} times ${legText(hedge.parent)}${hedge.enabled ? '' : ' once it is started'}.`,
    );
    return undefined;
  },
};

const remove: CliCommand = {
  name: 'hedge remove',
  usage: '<name>',
  summary: 'Remove a rule; the position of its hedge stays',
  arguments: [1, 1],
  async run(call) {
    const name = call.positionals[0] ?? '';
    await call.api.send('DELETE', `${hedgesPath}/${encodeURIComponent(name)}`);
    call.print({ removed: name }, () => `The hedge "${name}" is removed. Its position stays as it is.`);
    return undefined;
  },
};

function switching(word: 'start' | 'stop', summary: string): CliCommand {
  return {
    name: `hedge ${word}`,
    usage: '<name>',
    summary,
    arguments: [1, 1],
    async run(call) {
      const hedge = await call.api.send<Hedge>('POST', `${hedgesPath}/${encodeURIComponent(call.positionals[0] ?? '')}/${word}`);
      call.print(hedge, () => `The hedge "${hedge.name}" is ${hedge.enabled ? 'on' : 'off'}.`);
      return undefined;
    },
  };
}

function legText({ account, symbol }: Leg): string {
  return `${account} ${symbol}`;
}

/** `main:BTCUSDT.P`; the symbol may hold a colon of its own. */
function readLeg(text: string | undefined, option: string): Leg {
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 1 || colon === text.length - 1) throw usageError(`${option} takes <account>:<symbol>.`);
  return { account: text.slice(0, colon), symbol: text.slice(colon + 1) };
}

export const hedgeCommands: readonly CliCommand[] = [
  list,
  add,
  remove,
  switching('start', 'Follow the parent from now on'),
  switching('stop', 'Follow no longer; the position of the hedge stays'),
];
