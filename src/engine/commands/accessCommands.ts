import { type BanRuling, isRelevant, REASON_LENGTH_MAX, RULINGS_MAX } from '../../domain/access/ban.ts';
import { combineEntries, PRESET_ADDRESSES_MAX, PRESETS } from '../../domain/access/presets.ts';
import {
  type AccessRefusal,
  apiEntries,
  EXPIRY_MS_MAX,
  isLive,
  isSameDoor,
  refuseEntry,
  shutsOut,
  WHITELIST_ENTRIES_MAX,
  type WhitelistEntry,
} from '../../domain/access/whitelist.ts';
import type { Command, CommandBody } from '../../domain/signal/command.ts';
import type { Change } from '../../ledger/ledger.ts';
import { networkOf, normalizeAddress } from '../../lib/address.ts';
import { cidrCovers, normalizeCidr } from '../../lib/cidr.ts';
import { notice } from '../notices.ts';
import { auditOf, replyTo } from '../records.ts';
import type { Term } from '../term.ts';

type Body<K extends CommandBody['kind']> = Extract<CommandBody, { kind: K }>;

const LOCKED_OUT: AccessRefusal = {
  code: 'WOULD_LOCK_YOU_OUT',
  message:
    'After this the API would refuse the address you are asking from, now or once other entries expire. Add your own address for the API first (scope "api"), or repeat with force if you mean it.',
};

function refuse(term: Term, command: Command, status: number, refusal: AccessRefusal): Promise<void> {
  return term.commit([replyTo(term, command, status, refusal)]);
}

/** Everything that opens a door now: settings, built-in lists, and what admins stored. */
function entriesNow(term: Term, stored: Iterable<WhitelistEntry> = term.state.whitelist.values()): WhitelistEntry[] {
  return combineEntries(term.deps.access?.fixed ?? [], [...stored]);
}

/** Whether `after` in place of what is stored would keep whoever asks out of the API. Who asked by another way (Telegram) has no address. */
function wouldLockOut(term: Term, { actor }: Command, after: Iterable<WhitelistEntry>): boolean {
  const { address } = actor;
  if (address === null || normalizeAddress(address) === null || term.deps.access?.isLocal(address)) return false;
  return shutsOut(entriesNow(term), entriesNow(term, after), { address, now: term.now });
}

/** One change of the whitelist as everybody shall see it: audited, told, and answered. */
function changed(term: Term, command: Command, action: string, subject: string, facts: { before: unknown; after: unknown; text: string }) {
  const about = { newId: term.deps.newId, now: term.now };
  const text = `${facts.text} by ${command.actor.name}${command.actor.address === null ? '' : ` from ${command.actor.address}`}.`;
  return [
    auditOf(term, command, action, subject, facts.before, facts.after),
    notice(about, 'warning', text, { audience: 'dev', correlationId: command.correlationId }),
  ];
}

export async function putWhitelist(term: Term, command: Command, { entry: asked, force = false }: Body<'whitelist.put'>): Promise<void> {
  const { whitelist, hooks } = term.state;
  const entry = { ...asked, cidr: normalizeCidr(asked.cidr) ?? asked.cidr, createdBy: command.actor.name, createdAt: term.now };
  const flaw = refuseEntry(entry, { now: term.now, force });
  if (flaw) return refuse(term, command, 422, flaw);
  const hook = entry.scope.startsWith('hook:') ? hooks.get(entry.scope.slice('hook:'.length)) : null;
  if (hook === undefined) return refuse(term, command, 404, { code: 'NOT_FOUND', message: 'There is no such hook.' });
  const old = whitelist.get(entry.id) ?? [...whitelist.values()].find((other) => other.source === 'admin' && isSameDoor(other, entry));
  if (!old && whitelist.size >= WHITELIST_ENTRIES_MAX)
    return refuse(term, command, 409, {
      code: 'WHITELIST_FULL',
      message: `There are ${WHITELIST_ENTRIES_MAX} entries already; remove some, or use blocks.`,
    });
  const put: WhitelistEntry = { ...entry, id: old?.id ?? entry.id, source: 'admin' };
  const after = new Map(whitelist).set(put.id, put);
  if (!force && wouldLockOut(term, command, after.values())) return refuse(term, command, 409, LOCKED_OUT);
  const opensFirst = put.scope === 'api' && apiEntries(entriesNow(term), term.now).length === 0;
  const narrows = opensFirst ? ' From now on the API answers listed addresses only.' : '';
  const until = put.expiresAt === null ? '' : ` until ${new Date(put.expiresAt).toISOString()}`;
  await term.commit([
    { kind: 'whitelist.put', entry: put },
    ...changed(term, command, 'whitelist.put', put.cidr, {
      before: old ? shown(old) : null,
      after: shown(put),
      text: `Whitelist: ${nameOf(put)} ${old ? 'changed' : 'added'} for ${doorOf(term, put)}${until}${narrows && `.${narrows} Done`}`,
    }),
    replyTo(term, command, old ? 200 : 201, { entryId: put.id }),
  ]);
}

export async function removeFromWhitelist(term: Term, command: Command, { entryId, force }: Body<'whitelist.remove'>): Promise<void> {
  const entry = term.state.whitelist.get(entryId);
  const fixed = term.deps.access?.fixed.find(({ id }) => id === entryId);
  if (fixed?.source === 'settings') return refuse(term, command, 409, fixedRefusal(fixed));
  if (fixed || entry?.source.startsWith('preset:')) return refuse(term, command, 409, presetRefusal(fixed ?? entry));
  if (!entry) return refuse(term, command, 404, { code: 'NOT_FOUND', message: 'There is no such entry.' });
  const after = new Map(term.state.whitelist);
  after.delete(entryId);
  if (!force && wouldLockOut(term, command, after.values())) return refuse(term, command, 409, LOCKED_OUT);
  const opens = entry.scope === 'api' && apiEntries(entriesNow(term, after.values()), term.now).length === 0;
  await term.commit([
    { kind: 'whitelist.removed', entryId, at: term.now },
    ...changed(term, command, 'whitelist.remove', entry.cidr, {
      before: shown(entry),
      after: null,
      text: `Whitelist: ${nameOf(entry)} removed for ${doorOf(term, entry)}${opens ? '; the API is open again to whoever authenticates,' : ''}`,
    }),
    replyTo(term, command, 200, { entryId }),
  ]);
}

function fixedRefusal({ cidr, label }: WhitelistEntry): AccessRefusal {
  return { code: 'ENTRY_FIXED', message: `${cidr} comes from the setting ${label}: change it there and restart the instances.` };
}

function presetRefusal(entry: WhitelistEntry | undefined): AccessRefusal {
  const name = entry?.source.slice('preset:'.length) ?? '';
  return {
    code: 'ENTRY_OF_PRESET',
    message: `${entry?.cidr} belongs to the list "${name}". Store a list without it (signalman whitelist add ${name} --address …), or set IP_ALLOWLIST.`,
  };
}

/** Stores a preset's addresses as one list in place of the one before, or goes back to the built-in one. */
export async function setPreset(term: Term, command: Command, body: Body<'whitelist.preset'>): Promise<void> {
  const { preset, scope, addresses, force } = body;
  const { whitelist, hooks } = term.state;
  if (scope === 'api')
    return refuse(term, command, 422, { code: 'SCOPE_NOT_FOR_PRESETS', message: 'A preset is for hooks, not for the API.' });
  if (scope !== 'global' && !hooks.has(scope.slice('hook:'.length)))
    return refuse(term, command, 404, { code: 'NOT_FOUND', message: 'There is no such hook.' });
  if ((addresses?.length ?? 0) > PRESET_ADDRESSES_MAX)
    return refuse(term, command, 422, { code: 'TOO_MANY_ADDRESSES', message: `A preset has at most ${PRESET_ADDRESSES_MAX} addresses.` });
  const source = `preset:${preset}` as const;
  const old = [...whitelist.values()].filter((entry) => entry.source === source && entry.scope === scope);
  const label = `${PRESETS[preset].title}, list of ${new Date(term.now).toISOString().slice(0, 10)}`;
  const cidrs = [...new Set((addresses ?? []).map((address) => normalizeCidr(address) ?? address))];
  const entries: WhitelistEntry[] = cidrs.map((cidr) => {
    return { id: term.deps.newId(), cidr, label, scope, expiresAt: null, createdBy: command.actor.name, createdAt: term.now, source };
  });
  const flaw = entries.map((entry) => refuseEntry(entry, { now: term.now, force })).find((found) => found !== null);
  if (flaw) return refuse(term, command, 422, flaw);
  if (whitelist.size - old.length + entries.length > WHITELIST_ENTRIES_MAX)
    return refuse(term, command, 409, { code: 'WHITELIST_FULL', message: 'There are too many entries already; remove some.' });
  const what = addresses === null ? 'back to the built-in list' : cidrs.join(', ');
  await term.commit([
    ...old.map(({ id }): Change => ({ kind: 'whitelist.removed', entryId: id, at: term.now })),
    ...entries.map((entry): Change => ({ kind: 'whitelist.put', entry })),
    ...changed(term, command, 'whitelist.preset', preset, {
      before: old.map(({ cidr }) => cidr),
      after: addresses === null ? null : cidrs,
      text: `Whitelist: list "${preset}" for ${scope === 'global' ? 'every hook' : scope}: ${what}; set`,
    }),
    replyTo(term, command, 200, { preset, entryIds: entries.map(({ id }) => id) }),
  ]);
}

/** Removes entries that have expired (instances stopped honouring them by themselves) and those of hooks that are gone. */
export function sweepWhitelist(term: Term): Promise<void> {
  const { whitelist, hooks } = term.state;
  const over = [...whitelist.values()].filter(
    (entry) => !isLive(entry, term.now) || (entry.scope.startsWith('hook:') && !hooks.has(entry.scope.slice('hook:'.length))),
  );
  if (over.length === 0) return Promise.resolve();
  const about = { newId: term.deps.newId, now: term.now };
  const system = { name: 'system', address: null };
  return term.commit(
    over.flatMap((entry): Change[] => [
      { kind: 'whitelist.removed', entryId: entry.id, at: term.now },
      {
        ...{ kind: 'audit', id: term.deps.newId(), at: term.now, actor: system, action: 'whitelist.expire', subject: entry.cidr },
        ...{ before: shown(entry), after: null },
      },
      notice(about, 'info', `Whitelist: ${nameOf(entry)} is over for ${doorOf(term, entry)}.`, { audience: 'dev' }),
    ]),
  );
}

export async function addBan(term: Term, command: Command, body: Body<'ban.add'>): Promise<void> {
  const address = normalizeAddress(body.address);
  const { until, reason, force = false } = body;
  if (address === null)
    return refuse(term, command, 422, { code: 'NOT_AN_ADDRESS', message: `"${body.address.slice(0, 60)}" is not an IP address.` });
  const leftMs = until - term.now;
  if (!(leftMs > 0) || leftMs > EXPIRY_MS_MAX)
    return refuse(term, command, 422, { code: 'BAN_LENGTH', message: 'A ban ends in the future, within a year.' });
  if ((reason?.length ?? 0) > REASON_LENGTH_MAX)
    return refuse(term, command, 422, { code: 'REASON_TOO_LONG', message: `A reason has at most ${REASON_LENGTH_MAX} characters.` });
  const listed = listedAs(term, address);
  if (listed !== null && !force) {
    const message = `${address} is allowed to post alerts (${listed}): banning it would stop alerts that come from there. Repeat with force if you mean it.`;
    return refuse(term, command, 409, { code: 'ADDRESS_WHITELISTED', message });
  }
  const network = networkOf(address);
  const others = [...term.state.rulings.values()].filter((ruling) => ruling.network !== network && isRelevant(ruling, term.now));
  if (others.length >= RULINGS_MAX)
    return refuse(term, command, 409, { code: 'TOO_MANY_BANS', message: `There are ${RULINGS_MAX} bans by hand already; lift some.` });
  const why = reason === null ? '' : ` (${reason})`;
  await rule(term, command, { network, address, until, reason }, `Banned ${network} until ${new Date(until).toISOString()}${why}`, 201);
}

export async function liftBan(term: Term, command: Command, body: Body<'ban.lift'>): Promise<void> {
  const address = normalizeAddress(body.address);
  if (address === null)
    return refuse(term, command, 422, { code: 'NOT_AN_ADDRESS', message: `"${body.address.slice(0, 60)}" is not an IP address.` });
  const network = networkOf(address);
  await rule(term, command, { network, address, until: null, reason: null }, `Ban of ${network} lifted`, 200);
}

async function rule(
  term: Term,
  command: Command,
  asked: Pick<BanRuling, 'network' | 'address' | 'until' | 'reason'>,
  text: string,
  status: number,
): Promise<void> {
  const before = term.state.rulings.get(asked.network);
  const ruling: BanRuling = { ...asked, id: command.id, by: command.actor.name, at: term.now };
  const { until, reason } = asked;
  await term.commit([
    { kind: 'ban.ruled', ruling },
    ...changed(term, command, until === null ? 'ban.lift' : 'ban.add', asked.address, {
      before: before && before.until !== null && before.until > term.now ? { until: iso(before.until), by: before.by } : null,
      after: until === null ? null : { until: iso(until), reason },
      text,
    }),
    replyTo(term, command, status, { address: asked.address, network: asked.network, until }),
  ]);
}

/** The entry, or the hook with a list of its own, that lets the address post alerts; null when it is a stranger. */
function listedAs(term: Term, address: string): string | null {
  const entry = entriesNow(term).find((one) => one.scope !== 'api' && isLive(one, term.now) && cidrCovers(one.cidr, address));
  if (entry) return nameOf(entry);
  const hook = [...term.state.hooks.values()].find(({ allowlist }) => allowlist.some((cidr) => cidrCovers(cidr, address)));
  return hook ? `hook "${hook.name}"` : null;
}

function shown({ cidr, label, scope, expiresAt, source }: WhitelistEntry) {
  return { cidr, label, scope, expiresAt: expiresAt === null ? null : iso(expiresAt), source };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** `192.0.2.7 ("office")` */
export function nameOf({ cidr, label }: Pick<WhitelistEntry, 'cidr' | 'label'>): string {
  return label === '' ? cidr : `${cidr} ("${label}")`;
}

/** What an entry opens, for people. */
export function doorOf(term: Term, { scope }: Pick<WhitelistEntry, 'scope'>): string {
  if (scope === 'global') return 'every hook';
  if (scope === 'api') return 'the API';
  return `the hook "${term.state.hooks.get(scope.slice('hook:'.length))?.name ?? scope}"`;
}
