import { isLive, LABEL_LENGTH_MAX, type WhitelistEntry } from '../../domain/access/whitelist.ts';
import { normalizeAddress } from '../../lib/address.ts';
import { normalizeCidr } from '../../lib/cidr.ts';
import { durationSec } from '../../lib/duration.ts';
import { sha256Hex } from '../../lib/hash.ts';
import type { Said } from '../answers.ts';
import { type Ask, act, actorOf, keyOf, outcomeText } from './act.ts';
import type { DeskDeps } from './deps.ts';
import { listPage } from './lists.ts';
import { askFirst } from './question.ts';
import { minuteOf, twoSided } from './words.ts';

const WHITELIST_USAGE = [
  '/whitelist list',
  '/whitelist add 192.0.2.7 2h office',
  '/whitelist add 192.0.2.7 api 2h office (for the API instead of the hooks)',
  '/whitelist remove 192.0.2.7',
].join('\n');

const BAN_USAGE = '/ban list\n/ban lift 192.0.2.7';

type Answer = Promise<Said | string | null>;

export function whitelist(ask: Ask, deps: DeskDeps): Answer {
  const [verb = '', ...words] = ask.argument.split(/\s+/);
  if (verb === 'list' || verb === '') return listWhitelist(words[0] ?? '', deps);
  if (verb === 'add') return addEntry(words, ask, deps);
  if (verb === 'remove') return removeEntry(words, ask, deps);
  return Promise.resolve(`Nothing was done. Send one of these:\n${WHITELIST_USAGE}`);
}

export function ban(ask: Ask, deps: DeskDeps): Answer {
  const [verb = '', ...words] = ask.argument.split(/\s+/);
  if (verb === 'list' || verb === '') return listBans(words[0] ?? '', deps);
  if (verb === 'lift') return liftBan(words, ask, deps);
  return Promise.resolve(`Nothing was done. Send one of these:\n${BAN_USAGE}`);
}

async function liveEntries({ reads, clock }: DeskDeps): Promise<readonly WhitelistEntry[]> {
  return (await reads.whitelist()).filter((entry) => isLive(entry, clock.now()));
}

async function listWhitelist(page: string, deps: DeskDeps): Promise<Said> {
  const entries = (await liveEntries(deps)).map(({ cidr, scope, label, expiresAt }) => {
    const end = expiresAt === null ? '' : `until ${minuteOf(new Date(expiresAt).toISOString())}`;
    return [
      twoSided(cidr, scope.startsWith('hook:') ? 'one hook' : scope),
      ...[label, end].filter((line) => line !== '').map(indented),
    ].join('\n');
  });
  return listPage({ none: 'The whitelist is empty.', title: 'Whitelist', command: '/whitelist list', entries, page });
}

function indented(line: string): string {
  return twoSided(`  ${line}`, '');
}

/** `<address or CIDR> [api] [2h] [label]`. What could narrow the API to this one address asks first. */
async function addEntry([asked = '', ...words]: readonly string[], ask: Ask, deps: DeskDeps): Promise<string | null> {
  const cidr = normalizeCidr(asked);
  if (cidr === null) return `Nothing was done: "${asked.slice(0, 60)}" is neither an IP address nor a CIDR block.\n${WHITELIST_USAGE}`;
  const scope = words[0] === 'api' ? 'api' : 'global';
  const [first = '', ...rest] = scope === 'api' ? words.slice(1) : words;
  const seconds = durationSec(first);
  const label = (seconds === null ? [first, ...rest] : rest).join(' ').slice(0, LABEL_LENGTH_MAX);
  const at = ask.message.sentAt; // Not our clock: the same message must be the same command whenever it is heard.
  const entry: WhitelistEntry = {
    ...{ id: sha256Hex(`whitelist\n${keyOf(ask)}`).slice(0, 32), cidr, label, scope, source: 'admin' },
    ...{ expiresAt: seconds === null ? null : at + seconds * 1_000, createdBy: actorOf(ask.asker).name, createdAt: at },
  };
  const command = { kind: 'whitelist.put', entry } as const;
  const end = entry.expiresAt === null ? 'until it is removed' : `until ${minuteOf(new Date(entry.expiresAt).toISOString())}`;
  if (scope === 'global') return outcomeText(await act(command, ask, deps), `${cidr} may post alerts to every hook, ${end}.`);
  const text = `Let ${cidr} use the API, ${end}?\nOnce any address is listed for the API, it answers listed addresses only.`;
  return askFirst({ text, label: `Add ${cidr}`, command, role: 'admin' }, ask, deps);
}

async function removeEntry([asked = '', scope]: readonly string[], ask: Ask, deps: DeskDeps): Promise<string | null> {
  const cidr = normalizeCidr(asked);
  const found = (await liveEntries(deps)).filter((entry) => entry.cidr === cidr && (scope === undefined || entry.scope === scope));
  const [entry, another] = found;
  if (!entry) return `Nothing was done: "${asked.slice(0, 60)}" is not on the whitelist. See /whitelist list`;
  if (another) {
    const ways = found.map((each) => `/whitelist remove ${each.cidr} ${each.scope}`);
    return `Nothing was done: it is listed several times. Send one of these:\n${ways.join('\n')}`;
  }
  const text = `Remove ${entry.cidr}${entry.label === '' ? '' : ` (${entry.label})`} from the whitelist, scope ${entry.scope}?`;
  const command = { kind: 'whitelist.remove', entryId: entry.id, force: false } as const;
  return askFirst({ text, label: `Remove ${entry.cidr}`, command, role: 'admin' }, ask, deps);
}

async function listBans(page: string, { reads }: DeskDeps): Promise<Said> {
  const entries = reads.bans().map(({ subject, until, reason }) => {
    const end = indented(`until ${minuteOf(new Date(until).toISOString())}`);
    return [twoSided(subject.address, ''), end, ...(reason === null ? [] : [indented(reason)])].join('\n');
  });
  return listPage({ none: 'Nobody is banned.', title: 'Bans', command: '/ban list', entries, page });
}

async function liftBan([asked = '']: readonly string[], ask: Ask, deps: DeskDeps): Promise<string> {
  const address = normalizeAddress(asked);
  if (address === null) return `Nothing was done: "${asked.slice(0, 60)}" is not an IP address.\n${BAN_USAGE}`;
  return outcomeText(await act({ kind: 'ban.lift', address }, ask, deps), `Every ban of ${address} is lifted, on every instance.`);
}
